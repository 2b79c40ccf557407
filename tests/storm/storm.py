"""One storm: many runs of all providers in bad weather, and what must stand when it is over."""

import random
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from content_sync.state.courses import course_ledger
from content_sync.state.learners import learner_of
from content_sync.state.table import Table
from sandbox import oracle
from sandbox.learning360 import Launches
from sandbox.providers import PROVIDERS
from sandbox.providers.base import HOUR, Json, Row, Tenant, changed, last_ms
from tests.house import TABLE, House
from tests.storm.weather import Killed, Weather

KINDS = ("catalog", "stats")
COURSES = 14
# Always offered: never to be archived, whatever happens.
STABLE = 8
LEARNERS = 6
MINUTES, DAYS = (0, 60, 900, 3900), (0, 600, 7200, 8 * 3600, 30 * 3600)
UNFORESEEN = "unforeseen fault"


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


class Storm:
    """One storm over a house.

    Args:
        house: An empty one.
        seed: The same makes the same storm, but for the order of threads.
        patch: Takes back what is done to the program.
        strict: Whether leases and ledgers are looked at after every run, too.
    """

    def __init__(
        self, house: House, seed: int, patch: pytest.MonkeyPatch, *, strict: bool = False
    ) -> None:
        self.house = house
        self.chance = random.Random(seed)
        self.weather = Weather(random.Random(f"{seed} weather"), patch)
        self.gaps = self.chance.choice((MINUTES, MINUTES, DAYS))
        self.runs = 0
        self.said: list[str] = []
        self.alone = True
        self.strict = strict
        self._frozen = ""
        self.mails = [f"learner{number}@example.com" for number in range(LEARNERS)]
        house.sandbox.learning360.rate_limited = False
        house.sandbox.learning360.operation_seconds = self.chance.choice((0.0, 0.0, 0.02))
        self.catalogues = {
            name: Catalogue(
                provider.tenant,
                {number: f"Course {number}" for number in range(COURSES)},
                set(range(STABLE)),
            )
            for name, provider in PROVIDERS.items()
        }
        for name, catalogue in self.catalogues.items():
            house.settle_in(name)
            catalogue.put(house)
        house.sandbox.learning360.add_user(self.mails[0])

    def rage(self, runs: int) -> None:
        """Let so many invocations be begun, each in other weather."""
        while self.runs < runs:
            self._edit()
            name, kind = self.chance.choice(list(PROVIDERS)), self.chance.choice(KINDS)
            more = self._more(kind)
            plans = more.get("mode") == "plan"
            another = self._another(name, kind, plans=plans)
            disturbed = self.chance.random() < 0.2
            kills = self.chance.random() < 0.3
            self.weather.turn(kills=kills, between=another if disturbed else None)
            self.house.sandbox.traffic.faults[:] = self.weather.faults(name)
            self.alone = self.weather.between is None
            self._run(name, kind, more)
            self._go_on()
            self.weather.pass_time(self.chance.choice(self.gaps))
            self._check_stable()

    def _more(self, kind: str) -> dict[str, Any]:
        odd = self.chance.random()
        if odd < 0.1:
            return {"mode": "plan"}
        if odd < 0.2:
            return {"full": True}
        return {"allow_archives": 10} if odd < 0.3 and kind == "catalog" else {}

    def _run(self, name: str, kind: str, more: dict[str, Any]) -> None:
        """Begin a run; one whose lease was taken meanwhile writes nothing any more."""
        self._frozen = ""
        answer = self._invoke(f"{name}_{kind}", {"integration": "default", **more})
        if not self.strict:
            return
        with self.weather.aside():
            # One that was stopped before it took its lease takes it from the other.
            if self._frozen and self._leases_of(name, self._frozen) == self._leases_of(name):
                written = set(self._state_of(name).splitlines()) ^ set(self._frozen.splitlines())
                assert not written, f"{name} {kind} wrote without its lease: {written}"
            ended = answer is not None and answer["status"] == "succeeded"
            # What it could not read, deliver or learn the fate of, the next run finds out.
            if self.alone and answer is not None and ended and not answer["counts"]["failed"]:
                self._check_ledger(name, kind)

    def _state_of(self, name: str) -> str:
        """Return all that is stored of a provider's integration."""
        lines = self.house.table_text().splitlines()
        return "\n".join(sorted(line for line in lines if f'"{name}#default' in line))

    def _check_ledger(self, name: str, kind: str) -> None:
        """After a run that ended well, what stands at 360Learning by its kind is in the ledger."""
        table, pk = Table(TABLE), f"{name}#default"
        courses, arrived = course_ledger(table, pk), self._arrived(name)
        for external_id, course in arrived.items() if kind == "catalog" else ():
            if course["status"] == "published":
                assert external_id in courses, f"{name}: {external_id} is not in the ledger"
        platform = self.house.sandbox.learning360
        names = {course["_id"]: external_id for external_id, course in arrived.items()}
        for (course_id, user_id), attempts in platform.attempts.items():
            ours = [one for one in attempts if not one.launched]
            if course_id in names and ours and kind == "stats":
                learner = learner_of(table, pk, platform.users[user_id]["mail"])
                recorded = learner.sent(names[course_id])
                assert recorded, f"{name}: an attempt on {names[course_id]} is not in the ledger"

    def _leases_of(self, name: str, state: str = "") -> list[str]:
        lines = (state or self._state_of(name)).splitlines()
        return [line for line in lines if '"lease#' in line]

    def _another(self, name: str, of_kind: str, *, plans: bool) -> Any:
        """Return what another process does while one is stopped: with time, it takes its lease."""
        kind, later = self.chance.choice(KINDS), self.chance.random() < 0.4

        def between() -> None:
            if later:
                self.weather.pass_time(1000)
            answer = self._invoke(f"{name}_{kind}", {"integration": "default"})
            taken = later and kind == of_kind and answer is not None and not plans
            if taken and answer is not None and answer["status"] != "skipped":
                with self.weather.aside():
                    self._frozen = self._state_of(name)

        return between

    def _invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any] | None:
        """Invoke a function; whatever it raises must be one clear sentence."""
        self.runs += 1
        seconds = self.chance.choice((900, 900, 25, 8))
        try:
            answer: dict[str, Any] = self.house.call(function, event, seconds=seconds)
        except Killed:
            return None
        except ContentSyncError as error:
            sentence = str(error)
            assert sentence, "a failure says nothing"
            if UNFORESEEN in sentence:
                raise error.__context__ or error from None
            assert "@example" not in sentence.replace("***@example", ""), sentence
            self.said.append(sentence)
            return None
        return answer

    def _go_on(self) -> None:
        """Carry out what runs asked for: mostly; some of it comes late or never."""
        for _ in range(30):
            if not self.house.invoked or self.chance.random() < 0.1:
                return
            function, event = self.house.invoked.pop()
            self._invoke(function, event)

    def _edit(self) -> None:
        """Change something at a provider, or at 360Learning."""
        name = self.chance.choice(list(PROVIDERS))
        catalogue = self.catalogues[name]
        match self.chance.randrange(8):
            case 0:
                number = self.chance.randrange(COURSES)
                catalogue.titles[number] = f"Course {number}, edition {self.chance.randrange(99)}"
            case 1:
                catalogue.offered ^= {self.chance.randrange(STABLE, COURSES)}
            case 2 | 3:
                self._learn(catalogue)
            case 4:
                mail = self.chance.choice(self.mails)
                if not self.house.sandbox.learning360.users_with(mail):
                    self.house.sandbox.learning360.add_user(mail)
            case 5:
                self._launch(name)
        catalogue.put(self.house)

    def _learn(self, catalogue: Catalogue) -> None:
        """Let a learner begin a course, or complete one that is begun."""
        pair = self.chance.choice(self.mails), self.chance.randrange(STABLE)
        mail, number = pair
        whole = catalogue.tenant.row(mail, catalogue.tenant.external_id(number))
        begun = pair in catalogue.rows or self.chance.random() < 0.3
        catalogue.rows[pair] = whole if begun else catalogue.tenant.open_row(whole)

    def _launch(self, name: str) -> None:
        """Let a learner launch a course from 360Learning."""
        platform = self.house.sandbox.learning360
        platform.advance()
        external_id = PROVIDERS[name].tenant.external_id(self.chance.randrange(STABLE))
        users = [user for mail in self.mails for user in platform.users_with(mail)]
        course = self._arrived(name).get(external_id)
        if users and course is not None and course["status"] == "published":
            at = last_ms() + self.chance.choice((-5 * HOUR, -HOUR, 0, HOUR // 4))
            Launches(platform).start(course["_id"], self.chance.choice(users)["_id"], at)

    def _arrived(self, name: str) -> dict[str, Any]:
        platform = self.house.sandbox.learning360
        platform.advance()
        display_name = PROVIDERS[name].display_name
        return {
            course["item"]["externalId"]: course
            for course in platform.courses.values()
            if platform.integrations[course["integrationId"]]["externalPlatform"] == display_name
        }

    def _check_stable(self) -> None:
        """Nothing that is offered all the time is ever archived."""
        for name, catalogue in self.catalogues.items():
            for number in range(STABLE):
                course = self._arrived(name).get(catalogue.tenant.external_id(number))
                assert course is None or course["status"] == "published", (name, number)

    def clear_up(self) -> list[str]:
        """Let the storm be over; return what is not right after two clean runs of each kind."""
        self.weather.calm()
        self.house.sandbox.traffic.faults.clear()
        self.house.invoked.clear()
        if self.gaps is DAYS:
            # What lies before the watermark is read again once a week.
            self.weather.pass_time(8 * 24 * 3600)
        for _ in range(2):
            for name in PROVIDERS:
                self.weather.pass_time(3900)
                for kind in KINDS:
                    self.house.run(
                        name, kind, **({"allow_archives": 10} if kind == "catalog" else {})
                    )
        return [fault for name in PROVIDERS for fault in self._faults(name)]

    def _faults(self, name: str) -> list[str]:
        catalogue, arrived = self.catalogues[name], self._arrived(name)
        tenant, found = catalogue.tenant, []
        for number, title in catalogue.titles.items():
            course = arrived.get(tenant.external_id(number))
            status = course["status"] if course is not None else "missing"
            if number in catalogue.offered:
                if course is None or status != "published" or course["item"]["name"] != title:
                    found.append(f"{name}: course {number} is {status}, or not {title}")
            elif status == "published" and tenant.archives:
                found.append(f"{name}: course {number} is gone and published")
        platform, simulated = self.house.sandbox.learning360, PROVIDERS[name]
        did: dict[tuple[str, str], list[Row]] = {}
        for row in simulated.rows(self.house.sandbox.services[name]):
            assert not isinstance(row, str)
            did.setdefault((row.mail, row.course), []).append(oracle.in_order(replace(row)))
        for mail in self.mails:
            for user in platform.users_with(mail):
                for external_id, course in arrived.items():
                    there = platform.attempts.get((course["_id"], user["_id"]), [])
                    rows = did.get((mail, external_id), [])
                    if fault := oracle.unseen(rows, there):
                        found.append(f"{name}: {mail.partition('@')[0]} on {external_id}: {fault}")
        return found
