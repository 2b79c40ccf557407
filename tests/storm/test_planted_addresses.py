"""Addresses planted in every field of every answer and error come out of nothing that people read.

Where they must be, there they are: rows that wait hold the address at which they will be sent.
"""

import io
import json
import random
from collections import Counter
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from content_sync.observability import logger
from content_sync.state.details import read_details
from content_sync.state.table import Table
from sandbox.providers import PROVIDERS
from sandbox.service import Fault
from tests.helpers import fill, known
from tests.house import TABLE, House

PLANTED = "planted"
FORMS = (
    " planted{0}@example.net",
    "planted{0}@example.net",
    "/planted{0}%40example.net/x",
    '"planted{0} doe"@example.net',
    "<planted{0}@example.net>;planted{0}@example.org",
    r'"planted{0}\"doe"@example.net',
    r"pl\u0061nted\u00e9planted{0}@example.net",
    "%22planted{0} doe%22%40example.net",
    "&quot;planted{0} doe&quot;@example.net",
    "planted{0}%EF%BC%A0example.net",
    "planted{0}&amp;#64;example.net",
    r"planted{0}\x40example.net",
)
ROUNDS = 10


class Gardener:
    """Plants addresses in answers, as often as it is told.

    Whether and what it plants in a text depends on the text, not on when its answer comes: several
    answers are under way at once.
    """

    def __init__(self, seed: str, rate: float) -> None:
        self.seed = seed
        self.rate = rate
        self.planted = 0
        self._met: Counter[str] = Counter()

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._text(key, self.rate / 20): self(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self(one) for one in value]
        return self._text(value, self.rate) if isinstance(value, str) else value

    def _text(self, text: str, rate: float) -> str:
        self._met[text] += 1
        chance = random.Random(f"{self.seed} {self._met[text]} {text}")
        if chance.random() >= rate:
            return text
        self.planted += 1
        form = chance.choice(FORMS).format(chance.randrange(1000))
        return chance.choice((f"{text}{form}", form))


def places(provider: str) -> tuple[str, ...]:
    """Where something grows: everywhere, or there only, so that runs get beyond their beginning."""
    platform = " /360learning/api/v2/"
    return (
        "",
        f" /{provider}/(?!.*token)",
        f"{platform}(users|courses|groups|tags)",
        f"{platform}bulk/operations/",
        f" (/{provider}/(?!.*token)|{platform}bulk|{platform}courses)",
    )


def errors(gardener: Gardener, place: str) -> list[Fault]:
    """Refusals of all kinds, with addresses wherever a service may put words."""
    chance = random.Random(gardener.seed)
    words: dict[str, Any] = {
        "message": "m", "code": "c", "error": "e", "error_description": "d", "detail": ["x"],
        "errors": [{"message": "m", "title": "t", "code": "c", "extensions": {"code": "c"}}],
    }  # fmt: skip
    statuses = chance.sample((200, 400, 401, 403, 404, 409, 422, 429, 500), 3)
    gardener.rate = 0.8
    return [
        Fault(place, status=status, body=gardener(words), after=chance.randrange(12), times=2)
        for status in statuses
    ]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_address_comes_out(
    house: House, provider: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.001)
    monkeypatch.setattr("content_sync.web.timebudget.time.sleep", lambda seconds: None)
    tenant, faults = PROVIDERS[provider].tenant, house.sandbox.traffic.faults
    house.settle_in(provider)
    fill(house, 12, tenant)
    mails = [f"{PLANTED}learner{number}@example.com" for number in range(6)]
    known(house, *mails[:3])
    rows = [tenant.row(mail, tenant.external_id(number % 4)) for number, mail in enumerate(mails)]
    tenant.put_rows(house.sandbox, rows)
    log, said = io.StringIO(), []
    before = logger.handlers[0].setStream(log)
    try:
        for number in range(ROUNDS):
            gardener = Gardener(f"{provider} {number}", (0.02, 0.2, 0.6)[number % 3])
            events: list[tuple[str, dict[str, Any]]] = [
                (f"{provider}_{kind}", {"integration": "default", "mode": mode})
                for kind in ("catalog", "stats")
                for mode in (("plan",) if number % 4 == 3 else ("apply",))
            ]
            actions = ("check", "report", "parked", "list", "reconcile")
            named = {"provider": provider, "integration": "default"}
            events += [("integrations", {"action": action, **named}) for action in actions]
            about = {"course": tenant.external_id(1), "learner": mails[1]}
            events.append(("integrations", {"action": "explain", **named, **about}))
            for function, event in events:
                place = places(provider)[number % 5]
                faults[:] = errors(gardener, place) if number % 2 else []
                faults.append(Fault(place, times=10**6, edit=gardener))
                said.append(outcome(house, function, event))
    finally:
        logger.handlers[0].setStream(before)
    assert gardener.planted
    kept = [line for line in house.table_text().splitlines() if "#parked#" not in line]
    table = Table(TABLE)
    for sk, report in table.query(f"{provider}#default", "run#"):
        _, kind, *_ = sk.split("#")
        kept += map(str, read_details(table, f"{provider}#default", kind, report["run_id"]))
    for place, text in (
        ("what was returned or raised", "\n".join(said)),
        ("the log", log.getvalue()),
        ("metrics", capsys.readouterr().out),
        ("the table", "\n".join(kept)),
    ):
        found = text.find(PLANTED)
        assert found < 0, f"{place}: {text[max(found - 300, 0) : found + 100]}"


def outcome(house: House, function: str, event: dict[str, Any]) -> str:
    """Return all that an invocation returns or raises, as a dead letter would hold it."""
    house.invoked.clear()
    try:
        return json.dumps(house.call(function, event), ensure_ascii=False)
    except ContentSyncError as error:
        return f"{error} {error.detail} {error.args} {event if 'learner' not in event else ''}"
