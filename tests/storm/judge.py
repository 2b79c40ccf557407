"""What must hold in a storm: after every run, and when it is over."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from content_sync.state.courses import course_ledger
from content_sync.state.learners import learner_of
from content_sync.state.table import Table
from sandbox import oracle
from sandbox.learning360.platform import Operation
from sandbox.providers import PROVIDERS
from sandbox.providers.base import Json, Row, Tenant, changed
from tests.house import TABLE, House

KINDS = ("catalog", "stats")
# Without it nobody sees what stands at 360Learning: nothing heals what was sent twice.
READS_ATTEMPTS = "courseStats:read"


@dataclass
class Catalogue:
    """What one provider has."""

    tenant: Tenant
    titles: dict[int, str]
    offered: set[int]
    rows: dict[tuple[str, int], Json] = field(default_factory=dict)

    def put(self, house: House) -> None:
        """Let the service have it."""
        courses = [
            changed(
                self.tenant.course(number, self.titles[number]),
                self.tenant.title,
                self.titles[number],
            )
            for number in sorted(self.offered)
        ]
        self.tenant.put(house.sandbox, courses)
        self.tenant.put_rows(house.sandbox, list(self.rows.values()))


@dataclass
class Ended:
    """An invocation that is over.

    Attributes:
        provider: Whose.
        kind: Of run.
        event: What it was asked for.
        answer: What it returned; None if it failed or was killed.
        alone: Whether nothing else ran in the middle of it.
        frozen: What was stored of the provider when another run had taken its lease; else blank.
    """

    provider: str
    kind: str
    event: dict[str, Any]
    answer: dict[str, Any] | None
    alone: bool
    frozen: str


class Judge:
    """Looks at what stands at 360Learning, what is stored, and what was sent.

    Args:
        house: The storm's.
        catalogues: What the providers have.
        stable: How many courses of each are always offered.
        mails: The learners.
    """

    def __init__(
        self, house: House, catalogues: dict[str, Catalogue], stable: int, mails: list[str]
    ) -> None:
        self._house = house
        self._catalogues = catalogues
        self._stable = stable
        self._mails = mails
        self._judged = 0
        self._unjudged: list[tuple[Operation, Ended, bool]] = []
        self._sent: dict[str, set[str]] = {}

    def stored(self, provider: str) -> str:
        """Return all that is stored of a provider's integration."""
        lines = self._house.table_text().splitlines()
        return "\n".join(sorted(line for line in lines if f'"{provider}#default' in line))

    def arrived(self, provider: str) -> dict[str, Any]:
        """Return a provider's courses at 360Learning by external id."""
        platform = self._house.sandbox.learning360
        platform.advance()
        display_name = PROVIDERS[provider].display_name
        return {
            course["item"]["externalId"]: course
            for course in platform.courses.values()
            if platform.integrations[course["integrationId"]]["externalPlatform"] == display_name
        }

    def after(self, run: Ended) -> None:
        """See that an invocation left nothing behind that it must not.

        Raises:
            AssertionError: It did.
        """
        self._nothing_is_written_without_a_lease(run)
        self._nothing_is_sent_twice(run)
        self._nothing_stable_is_archived()
        answer = run.answer
        if answer is None or answer["status"] != "succeeded" or run.event.get("mode") == "plan":
            return
        # What it could not read, deliver or learn the fate of, the next run finds out.
        if run.alone and not answer["counts"]["failed"]:
            self._what_arrived_is_recorded(run.provider, run.kind)
        if run.kind == "stats":
            self._what_was_sent_was_looked_at(answer)

    def _nothing_is_written_without_a_lease(self, run: Ended) -> None:
        now = self.stored(run.provider)
        # One that was stopped before it took its lease takes it from the other.
        if run.frozen and _leases(now) == _leases(run.frozen):
            written = set(now.splitlines()) ^ set(run.frozen.splitlines())
            assert not written, f"{run.provider} {run.kind} wrote without its lease: {written}"

    def _nothing_is_sent_twice(self, run: Ended) -> None:
        """What was accepted of an attempt, and noted, is not accepted again as it was.

        Left aside: what was sent before all was asked for anew; what was sent in the middle of
        another run, which may have been stopped just before its submit; what had been refused
        before, was sent again without being announced, and not concluded; and what a run tells as
        failed since it could not learn the fate of it.
        """
        if run.provider not in self._sent or run.event.get("full"):
            self._sent[run.provider] = set()
        platform = self._house.sandbox.learning360
        platform.advance()
        operations = list(platform.operations.values())
        ended = (
            run.answer is not None
            and run.answer["status"] != "continued"
            and not run.answer["counts"].get("failed")
        )
        noted = ended or self._announced(run)
        self._unjudged += [(operation, run, noted) for operation in operations[self._judged :]]
        self._judged = len(operations)
        waiting = []
        for operation, of_run, noted in self._unjudged:
            if operation.results is None:
                waiting.append((operation, of_run, noted))
                continue
            before = self._sent[of_run.provider]
            for sent in _accepted(operation):
                twice = sent in before and of_run.alone
                assert not twice, f"{of_run.provider}: sent twice: {sent}"
                (before.add if noted else before.discard)(sent)
        self._unjudged = waiting

    def _announced(self, run: Ended) -> bool:
        """Tell whether a run left an operation of which the next one knows."""
        kept = Table(TABLE).get(f"{run.provider}#default", f"cursor#{run.kind}")
        return kept is not None and bool(kept.get("in_flight"))

    def _nothing_stable_is_archived(self) -> None:
        for name, catalogue in self._catalogues.items():
            arrived = self.arrived(name)
            for number in range(self._stable):
                course = arrived.get(catalogue.tenant.external_id(number))
                assert course is None or course["status"] == "published", (name, number)

    def _what_arrived_is_recorded(self, provider: str, kind: str) -> None:
        """What stands at 360Learning by a kind of run is in the ledger."""
        table, pk = Table(TABLE), f"{provider}#default"
        arrived = self.arrived(provider)
        if kind == "catalog":
            courses = course_ledger(table, pk)
            for external_id, course in arrived.items():
                if course["status"] == "published":
                    assert external_id in courses, f"{provider}: {external_id} is not in the ledger"
            return
        platform = self._house.sandbox.learning360
        if platform.readings.without_rule == "dropped" and READS_ATTEMPTS not in platform.scopes:
            # What was sent twice, since the fate of the first was lost, is never answered for and
            # cannot be looked at: it is told as failed, and sent with every run.
            return
        names = {course["_id"]: external_id for external_id, course in arrived.items()}
        for (course_id, user_id), attempts in platform.attempts.items():
            if course_id in names and any(not one.launched for one in attempts):
                learner = learner_of(table, pk, platform.users[user_id]["mail"])
                recorded = learner.sent(names[course_id])
                assert recorded, f"{provider}: {names[course_id]}: an attempt is not in the ledger"

    def _what_was_sent_was_looked_at(self, answer: dict[str, Any]) -> None:
        counts = answer["counts"]
        looked_at = counts["confirmed"] + counts["unconfirmed"]
        denied = "unverified" in answer["reasons"]
        assert denied or looked_at >= counts["sent"], f"nobody looked at what was sent: {counts}"

    def at_the_end(self) -> list[str]:
        """Return what is not as it must be when a storm is over and all could be caught up on."""
        found = []
        for name in PROVIDERS:
            found += [*self._courses(name), *self._attempts(name)]
            for kind in KINDS:
                try:
                    self._what_arrived_is_recorded(name, kind)
                except AssertionError as fault:
                    found.append(str(fault))
        return found

    def _courses(self, name: str) -> list[str]:
        catalogue, arrived, found = self._catalogues[name], self.arrived(name), []
        for number, title in catalogue.titles.items():
            course = arrived.get(catalogue.tenant.external_id(number))
            status = course["status"] if course is not None else "missing"
            if number in catalogue.offered:
                if course is None or status != "published" or course["item"]["name"] != title:
                    found.append(f"{name}: course {number} is {status}, or not {title}")
            elif status == "published" and catalogue.tenant.archives:
                found.append(f"{name}: course {number} is gone and published")
        return found

    def _attempts(self, name: str) -> list[str]:
        sandbox, arrived, found = self._house.sandbox, self.arrived(name), []
        did: dict[tuple[str, str], list[Row]] = {}
        for row in PROVIDERS[name].rows(sandbox.services[name]):
            assert not isinstance(row, str)
            did.setdefault((row.mail, row.course), []).append(oracle.in_order(replace(row)))
        for mail in self._mails:
            for user in sandbox.learning360.users_with(mail):
                for external_id, course in arrived.items():
                    there = sandbox.learning360.attempts.get((course["_id"], user["_id"]), [])
                    if fault := oracle.unseen(did.get((mail, external_id), []), there):
                        learner = mail.partition("@")[0]
                        found.append(f"{name}: {learner} on {external_id}: {fault}")
        return found


def _leases(stored: str) -> list[str]:
    return [line for line in stored.splitlines() if '"lease#' in line]


def _accepted(operation: Operation) -> list[str]:
    """Return what an operation did to attempts, as text."""
    if operation.type != "importExternalStatistics":
        return []
    return [
        json.dumps([result["resourceId"], result["input"]], sort_keys=True)
        for result in operation.results or ()
        if result["status"] == "success"
    ]
