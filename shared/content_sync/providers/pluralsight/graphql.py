"""GraphQL as Pluralsight answers it: errors in a 200, and fields that a key may not select.

Queries are built from field lists, so that a field which the API refuses can be left out: one
refused field fails the whole request.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from content_sync.errors import (
    ContentSyncError,
    InvalidSettings,
    QueryRefused,
    Refused,
    RemoteUnavailable,
    UnexpectedAnswer,
)
from content_sync.fields.reading import part, parts, to_number, to_text
from content_sync.observability import logger
from content_sync.providers.base import Page
from content_sync.web.answers import Answer
from content_sync.web.http import ATTEMPTS, FIRST_RETRY_SECONDS, HttpClient
from content_sync.web.timebudget import TimeBudget

PAGE_SIZE = 1000
# The status of an answer that holds errors.
ANSWERED = 200
# A page without nodes that promises more: so many are borne in a row.
EMPTY_PAGES = 3


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of a connection: the fields that must be had, and those that may be refused.

    A required field maps to what is selected inside it, or to nothing.

    Attributes:
        operation: Of the query.
        required: The fields that must be had.
        optional: Those that may be refused.
        doubtful: Those among them that are likely to be.
    """

    operation: str
    required: Mapping[str, str]
    optional: tuple[str, ...]
    doubtful: frozenset[str] = frozenset()

    def query(self, without: frozenset[str]) -> str:
        """Return the query's text, for pages of any size."""
        fields = [
            f"{name} {{ {inner} }}" if inner else name for name, inner in self.required.items()
        ]
        fields += [name for name in self.optional if name not in without]
        return (
            f"query($first: Int!, $after: String) {{ {self.operation}(first: $first, after: $after)"
            f" {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {' '.join(fields)} }} }}"
            " }"
        )


class Connection:
    """Reads Relay connections, page by page.

    Args:
        http: The client, with the key in its headers.
        secret: The secret's name, for sentences.
        budget: The time left; a passing fault is waited out.

    Attributes:
        refused: Which optional fields this key may not select, by operation.
    """

    def __init__(self, http: HttpClient, secret: str, budget: TimeBudget) -> None:
        self._http = http
        self._secret = secret
        self._budget = budget
        self.refused: dict[str, frozenset[str]] = {}

    def pages(self, selection: Selection, position: Any) -> Iterator[Page[Any]]:
        """Read the pages of a connection after a position."""
        after: str | None = position["after"] if position else None
        rows: int = position["rows"] if position else 0
        empty = 0
        totals: set[int] = set(position["totals"]) if position else set()
        while True:
            connection = self.page(selection, after)
            nodes = part(connection, "nodes")
            total = to_number(part(connection, "totalCount"))
            if not isinstance(nodes, list):
                raise UnexpectedAnswer(
                    f"Pluralsight answered {selection.operation} without nodes: try again later"
                )
            rows += len(nodes)
            empty = 0 if nodes else empty + 1
            totals |= {int(total)} if total is not None else set()
            more = part(connection, "pageInfo", "hasNextPage") is True
            cursor = to_text(part(connection, "pageInfo", "endCursor"))
            doubt = None
            if more and (cursor is None or cursor == after or empty > EMPTY_PAGES):
                doubt = "Pluralsight promised a next page and gave no way to it"
                more = False
            elif not more and totals and (len(totals) > 1 or rows < max(totals)):
                doubt = f"Pluralsight returned {rows} of {max(totals)} rows"
            after = cursor
            following = {"after": after, "rows": rows, "totals": sorted(totals)}
            yield Page(nodes, following if more else None, doubt, sent=nodes)
            if not more:
                return

    def page(self, selection: Selection, after: str | None, first: int = PAGE_SIZE) -> Any:
        """Read one page, without the fields that turn out to be refused.

        How a server words the refusal of a field differs from one to the next, and a passing fault
        looks the same: so whatever it says against a query is tried without optional fields.

        Raises:
            InvalidSettings: The key or the address must be corrected.
            RemoteUnavailable: It refuses the query with any fields, for now.
            UnexpectedAnswer: And means it.
        """
        variables = {"first": first, "after": after}
        for attempt in range(1, ATTEMPTS + 1):
            without = self.refused.get(selection.operation, frozenset())
            try:
                return self._ask(selection, without, variables)
            except QueryRefused as refusal:
                # A passing fault may be over already.
                answer = self._answered(selection, without, variables)
                if answer is None:
                    answer = self._with_fewer(selection, without, variables)
                if answer is not None:
                    return answer
                if attempt == ATTEMPTS or refusal.final:
                    raise self._failure(selection, refusal) from None
                pause = FIRST_RETRY_SECONDS * 2 ** (attempt - 1)
                self._budget.sleep(pause * random.uniform(0.5, 1.0))
        raise AssertionError("unreachable")

    def _with_fewer(
        self, selection: Selection, without: frozenset[str], variables: dict[str, Any]
    ) -> Any:
        """Find the optional fields that are not refused; None when it is not they.

        Those that are doubtful are left out first, then all; from there on one by one is added, and
        missed only if that fails twice. What a later page refuses is left out of that page alone.
        """
        optional = frozenset(selection.optional)
        bases = [without | (selection.doubtful & optional), optional]
        for base in dict.fromkeys(bases):
            answer = self._answered(selection, base, variables)
            if answer is None:
                continue
            refused = base
            for name in selection.optional:
                if name in base - without:
                    fewer = refused - {name}
                    richer = self._answered(selection, fewer, variables)
                    if richer is None:
                        richer = self._answered(selection, fewer, variables)
                    if richer is not None:
                        answer, refused = richer, fewer
            if variables["after"] is None:
                self._note(selection.operation, refused, before=without)
            return answer
        return None

    def _answered(
        self, selection: Selection, without: frozenset[str], variables: dict[str, Any]
    ) -> Any:
        try:
            return self._ask(selection, without, variables)
        except QueryRefused:
            return None

    def _note(self, operation: str, refused: frozenset[str], *, before: frozenset[str]) -> None:
        if refused != before:
            fields = ", ".join(sorted(refused))
            logger.warning("Pluralsight refuses fields", operation=operation, fields=fields)
            self.refused[operation] = refused

    def _failure(self, selection: Selection, refusal: QueryRefused) -> ContentSyncError:
        detail = str(refusal)
        if refusal.denied:
            return InvalidSettings(
                "Pluralsight denies the query: grant API access to the api_key of secret "
                f"{self._secret}",
                detail=detail,
            )
        if refusal.final:
            return UnexpectedAnswer(
                f"Pluralsight refuses {selection.operation} also without the fields that it may "
                "refuse: an engineer should look",
                detail=detail,
            )
        failure = RemoteUnavailable(
            f"Pluralsight could not answer {selection.operation} now: try again later",
            detail=detail,
        )
        failure.status = ANSWERED
        return failure

    def _ask(self, selection: Selection, without: frozenset[str], variables: Any) -> Any:
        """Ask once.

        Raises:
            QueryRefused: Whatever the words, if it is not for the credentials.
        """
        try:
            answer = self._http.send(
                "POST",
                "",
                json={"query": selection.query(without), "variables": variables},
                permission="a GraphQL API key of a plan with API access",
                check=self._check,
            )
        except Refused as refusal:
            raise QueryRefused(refusal.detail, final=True) from None
        for warning in parts(part(answer.body, "extensions", "warnings"), "message"):
            logger.warning("Pluralsight warns", operation=selection.operation, warning=str(warning))
        connection = part(answer.body, "data", selection.operation)
        if not isinstance(connection, dict):
            raise QueryRefused("no data")
        return connection

    def _check(self, answer: Answer) -> None:
        """Look for errors whatever the status: a 200 with errors is not a success."""
        errors = part(answer.body, "errors")
        if not errors or answer.status == 401 or answer.status == 429 or answer.status >= 500:
            return
        messages = [str(message) for message in parts(errors, "message")]
        codes = {str(code) for code in parts(errors, "extensions", "code")}
        if "UNAUTHENTICATED" in codes:
            raise InvalidSettings(
                "Pluralsight refuses the credentials: correct the api_key of secret "
                f"{self._secret}",
                detail="; ".join(messages),
            )
        raise QueryRefused(
            "; ".join(messages) or "errors",
            final=400 <= answer.status < 500,
            denied=bool(codes & {"FORBIDDEN"}) or answer.status == 403,
        )
