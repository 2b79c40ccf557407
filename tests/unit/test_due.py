"""What is due of one learner: the rows of now, what was sent and what waits, without a run."""

from dataclasses import replace
from typing import Any

import pytest

from content_sync.domain.statistic import Statistic
from content_sync.fields.instants import now
from content_sync.request import SyncRequest, parse_sync_event
from content_sync.state.learner import Learner, ParkedRow, parked_key
from content_sync.sync.statistics.due import AGAIN, REPLAYS, Finding, compare

MAIL = "a@example.com"
HOUR = 3_600_000
T = now() // HOUR * HOUR - 1000 * HOUR
RUN, EARLIER = "run-2", "run-1"
DAILY = parse_sync_event("stats", {"integration": "default"})
FULL = parse_sync_event("stats", {"integration": "default", "full": True})


def attempt(first: int, last: int, *, done: bool = False, **more: Any) -> Statistic:
    fields: dict[str, Any] = {
        "progress": 100 if done else 40,
        "firstActivity": T + first * HOUR,
        "lastActivity": T + last * HOUR,
        "completedAt": T + last * HOUR if done else None,
        "timeSpentInMilliseconds": 7000,
        **more,
    }
    return Statistic("c", MAIL, **fields)


def parked(row: Statistic, **more: Any) -> ParkedRow:
    waits = ParkedRow(row, "said no", "refused", now() - HOUR, EARLIER)
    return replace(waits, **more)


def found(
    *rows: Statistic,
    sent: tuple[Statistic, ...] = (),
    waiting: tuple[ParkedRow, ...] = (),
    request: SyncRequest = DAILY,
    came: tuple[ParkedRow, ...] = (),
) -> Finding:
    learner = Learner("0" * 24, [])
    for place, one in enumerate(sent):
        learner.record(one, one.firstActivity, place)
    for row in waiting:
        learner.park(parked_key(row.statistic), row)
    keys = [parked_key(row.statistic) for row in came]
    return compare(learner, {"c": list(rows)} if rows else {}, request, run_id=RUN, came=keys)


FIRST, SECOND, THIRD = attempt(0, 5, done=True), attempt(10, 15, done=True), attempt(20, 25)


def test_what_is_new_is_due_once_and_what_was_sent_is_settled() -> None:
    finding = found(FIRST, SECOND, sent=(FIRST,))
    (due,) = finding.due
    assert (due.attempt.firstActivity, due.place, due.sent) == (SECOND.firstActivity, 1, None)
    assert (due.wave, due.of_this_run, due.replayed, due.insists) == (0, True, False, False)
    assert due.earlier == (FIRST.completedAt,)
    assert [(one.place, one.action) for one in finding.settled] == [(0, "unchanged")]
    assert finding.read == 2


def test_attempts_of_a_pair_go_one_wave_after_the_other() -> None:
    assert [(due.place, due.wave) for due in found(FIRST, SECOND, THIRD).due] == [
        (0, 0), (1, 1), (2, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "insists"),
    [
        ({"timeSpentInMilliseconds": 9000}, True),
        ({"result": "success"}, True),
        ({"progress": 60}, False),
        ({"lastActivity": T + 6 * HOUR}, False),
    ],
)
def test_what_360learning_does_not_show_insists(change: dict[str, Any], *, insists: bool) -> None:
    before = attempt(0, 5)
    (due,) = found(replace(before, **change), sent=(before,)).due
    assert due.insists is insists
    assert due.sent is not None
    assert due.first == before.firstActivity


@pytest.mark.parametrize(
    ("since", "until", "read"),
    [(4, None, 1), (5, None, 1), (6, None, 0), (None, 4, 0), (None, 5, 1), (None, 6, 1)],
)
def test_a_backfill_takes_its_window_with_both_ends(
    since: int | None, until: int | None, read: int
) -> None:
    at = {"since": since, "until": until}
    window = {name: T + hours * HOUR for name, hours in at.items() if hours is not None}
    finding = found(attempt(0, 5), request=DAILY.model_copy(update=window))
    assert (finding.read, len(finding.due)) == (read, read)


def test_rows_that_wait_are_tried_as_they_were_before_all_else() -> None:
    finding = found(waiting=(parked(FIRST), parked(SECOND)))
    assert [(due.wave, due.place) for due in finding.due] == [(REPLAYS, 0), (REPLAYS + 1, 1)]
    for due in finding.due:
        assert (due.replayed, due.of_this_run, due.came, due.recorded) == (
            True,
            False,
            False,
            False,
        )
    assert finding.read == 0


def test_waves_of_what_is_only_tried_again_come_before_all_others() -> None:
    assert AGAIN < REPLAYS
    many = [attempt(2 * number, 2 * number + 1, done=True) for number in range(150)]
    waves = [due.wave for due in found(waiting=tuple(map(parked, many))).due]
    assert waves == sorted(waves)
    assert len(set(waves)) == 150
    assert max(waves) < 0


def test_a_row_that_came_again_as_it_waits_is_counted_and_replayed() -> None:
    (due,) = found(FIRST, waiting=(parked(FIRST),)).due
    assert (due.replayed, due.of_this_run, due.parked_key) == (True, True, parked_key(FIRST))
    (due,) = found(waiting=(parked(FIRST),), came=(parked(FIRST),)).due
    assert (due.came, due.of_this_run) == (True, False)


@pytest.mark.parametrize("state", ["undelivered", "unconfirmed"])
def test_only_what_was_refused_is_replayed(state: Any) -> None:
    (due,) = found(FIRST, waiting=(parked(FIRST, state=state),)).due
    assert not due.replayed
    assert due.wave == 0


def test_a_newer_form_of_a_row_takes_its_place() -> None:
    (due,) = found(attempt(0, 9), waiting=(parked(attempt(0, 5)),)).due
    assert due.attempt.lastActivity == T + 9 * HOUR
    assert due.parked_key == parked_key(attempt(0, 5))
    assert (due.replayed, due.of_this_run) == (False, True)


def test_another_attempt_does_not_and_never_goes_before_it() -> None:
    finding = found(SECOND, waiting=(parked(FIRST),))
    assert [(due.place, due.replayed, due.wave) for due in finding.due] == [
        (0, True, REPLAYS), (1, False, 0),
    ]  # fmt: skip
    # Nor does a row that waits go before a fresh attempt that comes before it.
    finding = found(FIRST, waiting=(parked(SECOND),))
    assert [(due.place, due.wave) for due in finding.due] == [(0, 0), (1, 1)]


def test_a_row_that_this_run_tried_is_not_tried_again() -> None:
    tried = parked(FIRST, run_id=RUN)
    assert found(waiting=(tried,)).due == []
    finding = found(FIRST, waiting=(parked(FIRST, run_id=RUN, state="undelivered"),))
    assert finding.due == []


def test_a_row_that_it_was_about_to_try_is_tried_in_turn() -> None:
    about = parked(FIRST, run_id=f"+{RUN}")
    (due,) = found(waiting=(about,)).due
    assert (due.wave, due.replayed) == (0, True)
    (due,) = found(waiting=(parked(FIRST, run_id="+run-9"),)).due
    assert due.wave == REPLAYS


def test_what_was_taken_and_not_shown_is_looked_at() -> None:
    waits = parked(FIRST, state="unconfirmed", recorded=True, forced=True)
    (due,) = found(sent=(FIRST,), waiting=(waits,)).due
    assert (due.recorded, due.forced, due.replayed, due.of_this_run) == (True, True, True, False)
    assert due.first == FIRST.firstActivity
    finding = found(FIRST, sent=(FIRST,), waiting=(waits,))
    assert [due.recorded for due in finding.due] == [True]
    assert len(finding.settled) == 1


def test_a_row_of_what_stands_recorded_otherwise_need_not_wait() -> None:
    finding = found(sent=(FIRST,), waiting=(parked(FIRST),))
    assert finding.due == []
    assert finding.released == [parked_key(FIRST)]


def test_full_sends_the_latest_again_where_nothing_else_is_due() -> None:
    (due,) = found(FIRST, SECOND, sent=(FIRST, SECOND), request=FULL).due
    assert (due.place, due.wave, due.again, due.insists) == (1, AGAIN, True, True)
    assert due.earlier == (FIRST.completedAt,)
    (due,) = found(FIRST, SECOND, sent=(FIRST,), request=FULL).due
    assert not due.again
    assert found(FIRST, SECOND, sent=(FIRST, SECOND)).due == []
    waits = parked(FIRST, state="unconfirmed", recorded=True)
    finding = found(FIRST, SECOND, sent=(FIRST, SECOND), waiting=(waits,), request=FULL)
    assert [(due.place, due.recorded, due.again) for due in finding.due] == [(0, True, False)]
    # The latest was not read now.
    assert found(FIRST, sent=(FIRST, SECOND), request=FULL).due == []
