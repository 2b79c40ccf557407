"""One storm: many runs of all providers in bad weather."""

import random
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from sandbox.learning360 import Launches
from sandbox.learning360.platform import SCOPES
from sandbox.learning360.readings import LITERAL, each_alone
from sandbox.providers import PROVIDERS
from sandbox.providers.base import HOUR, last_ms
from tests.house import House
from tests.storm.judge import KINDS, READS_ATTEMPTS, Catalogue, Ended, Judge
from tests.storm.weather import Killed, Weather

COURSES = 14
# Always offered: never to be archived, whatever happens.
STABLE = 8
LEARNERS = 6
MINUTES, DAYS = (0, 60, 900, 3900), (0, 600, 7200, 8 * 3600, 30 * 3600)
UNFORESEEN = "unforeseen fault"


class Storm:
    """One storm over a house.

    Args:
        house: An empty one.
        seed: The same makes the same storm, but for how fast the machine is.
        patch: Takes back what is done to the program.
    """

    def __init__(self, house: House, seed: int, patch: pytest.MonkeyPatch) -> None:
        self.house = house
        self.chance = random.Random(seed)
        self.weather = Weather(seed, patch)
        self.gaps = self.chance.choice((MINUTES, MINUTES, DAYS))
        self._seed, self._round = seed, 0
        self.runs = 0
        self.said: list[str] = []
        self._frozen = ""
        self.mails = [f"learner{number}@example.com" for number in range(LEARNERS)]
        self._let_platform_be_any(house)
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
        self.judge = Judge(house, self.catalogues, STABLE, self.mails)
        house.sandbox.learning360.add_user(self.mails[0])

    def _let_platform_be_any(self, house: House) -> None:
        """Choose how 360Learning answers what its reference leaves open, and what it shows us."""
        platform = house.sandbox.learning360
        platform.rate_limited = False
        platform.operation_seconds = self.chance.choice((0.0, 0.0, 0.02))
        others = list(each_alone().values())
        platform.readings = self.chance.choice((LITERAL, self.chance.choice(others)))
        if self.chance.random() < 0.25:
            platform.scopes = SCOPES - {READS_ATTEMPTS}

    def rage(self, runs: int) -> None:
        """Let so many invocations be begun, each in other weather."""
        while self.runs < runs:
            # Whatever became of a round, the next one is the same.
            self._round += 1
            self.chance = random.Random(f"{self._seed} round {self._round}")
            self._edit()
            name, kind = self.chance.choice(list(PROVIDERS)), self.chance.choice(KINDS)
            more = self._more(kind)
            disturbed = self.chance.random() < 0.2
            kills = self.chance.random() < 0.3
            another = self._another(name, kind, plans=more.get("mode") == "plan")
            self.weather.turn(kills=kills, between=another if disturbed else None)
            self.house.sandbox.traffic.faults[:] = self.weather.faults(name)
            self._run(name, kind, more)
            self._go_on()
            self.weather.pass_time(self.chance.choice(self.gaps))

    def _more(self, kind: str) -> dict[str, Any]:
        odd = self.chance.random()
        if odd < 0.1:
            return {"mode": "plan"}
        if odd < 0.2:
            return {"full": True}
        return {"allow_archives": 10} if odd < 0.3 and kind == "catalog" else {}

    def _run(self, name: str, kind: str, event: dict[str, Any]) -> None:
        """Begin a run, and see what it leaves behind."""
        alone, self._frozen = self.weather.between is None, ""
        answer = self._invoke(f"{name}_{kind}", {"integration": "default", **event})
        with self.weather.aside():
            self.judge.after(Ended(name, kind, event, answer, alone, self._frozen))

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
                    self._frozen = self.judge.stored(name)

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
            name, _, kind = function.partition("_")
            self._run(name, kind, event)

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
        external_id = PROVIDERS[name].tenant.external_id(self.chance.randrange(STABLE))
        users = [user for mail in self.mails for user in platform.users_with(mail)]
        course = self.judge.arrived(name).get(external_id)
        # Where nobody sees a launch nobody can go round it.
        seen = READS_ATTEMPTS in platform.scopes
        if seen and users and course is not None and course["status"] == "published":
            at = last_ms() + self.chance.choice((-5 * HOUR, -HOUR, 0, HOUR // 4))
            Launches(platform).start(course["_id"], self.chance.choice(users)["_id"], at)

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
                    more = {"allow_archives": 10} if kind == "catalog" else {}
                    answer = self.house.run(name, kind, **more)
                    self.judge.after(Ended(name, kind, more, answer, True, ""))
        return self.judge.at_the_end()
