"""GraphQL as Pluralsight answers it: errors in a 200, and fields that a key may not select.

Queries are built from field lists, so that a field which the API refuses can be left out: one
refused field fails the whole request.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from content_sync.errors import (
    FieldsRefused,
    InvalidSettings,
    Refused,
    RetryableAnswer,
    UnexpectedAnswer,
)
from content_sync.fields.reading import part, parts, to_number, to_text
from content_sync.masking import mask
from content_sync.observability import logger
from content_sync.providers.base import Page
from content_sync.web.http import Answer, HttpClient

PAGE_SIZE = 1000
# A page without nodes that promises more: so many are borne in a row.
EMPTY_PAGES = 3
_REFUSED_FIELD = re.compile(r"""[Cc]annot query field ['"]?(\w+)""")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of a connection: the fields that must be had, and those that may be refused.

    A required field maps to what is selected inside it, or to nothing.
    """

    operation: str
    required: Mapping[str, str]
    optional: tuple[str, ...]

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
    """

    def __init__(self, http: HttpClient, secret: str) -> None:
        self._http = http
        self._secret = secret
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
            yield Page(nodes, following if more else None, doubt)
            if not more:
                return

    def page(self, selection: Selection, after: str | None, first: int = PAGE_SIZE) -> Any:
        """Read one page, without the fields that turn out to be refused."""
        while True:
            without = self.refused.get(selection.operation, frozenset())
            try:
                return self._ask(selection, without, {"first": first, "after": after})
            except FieldsRefused as refusal:
                fields = refusal.fields & set(selection.optional) - without
                if not fields:
                    raise InvalidSettings(
                        f"Pluralsight refuses {refusal} of {selection.operation}: ask it to grant "
                        f"the key of secret {self._secret} general access to them",
                    ) from None
                logger.warning(
                    "Pluralsight refuses fields", operation=selection.operation, fields=str(refusal)
                )
                self.refused[selection.operation] = without | fields

    def _ask(self, selection: Selection, without: frozenset[str], variables: Any) -> Any:
        try:
            answer = self._http.send(
                "POST",
                "",
                json={"query": selection.query(without), "variables": variables},
                permission="a GraphQL API key of a plan with API access",
                check=self._check,
            )
        except Refused as refusal:
            if messages := _messages(refusal.body):
                raise UnexpectedAnswer(
                    f"Pluralsight refuses {selection.operation}: an engineer should look",
                    detail="; ".join(messages),
                ) from None
            raise
        for warning in parts(part(answer.body, "extensions", "warnings"), "message"):
            logger.warning(
                "Pluralsight warns", operation=selection.operation, warning=mask(str(warning))
            )
        connection = part(answer.body, "data", selection.operation)
        if not isinstance(connection, dict):
            raise UnexpectedAnswer(
                f"Pluralsight answered without {selection.operation}: try again later"
            )
        return connection

    def _check(self, answer: Answer) -> None:
        """Look for errors whatever the status: a 200 with errors is not a success."""
        if not (messages := _messages(answer.body)):
            return
        if fields := frozenset(_REFUSED_FIELD.findall(" ".join(messages))):
            raise FieldsRefused(fields)
        codes = {str(code) for code in parts(answer.body["errors"], "extensions", "code")}
        if codes & {"UNAUTHENTICATED", "FORBIDDEN"}:
            raise InvalidSettings(
                "Pluralsight denies the query: grant API access to the api_key of secret "
                f"{self._secret}",
                detail="; ".join(messages),
            )
        if answer.status < 400:
            raise RetryableAnswer("; ".join(messages))


def _messages(body: Any) -> list[str]:
    return [str(message) for message in parts(part(body, "errors"), "message")]
