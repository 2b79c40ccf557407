"""Learners who are asked one by one: when one is that one's problem, and when it is everybody's."""

import pytest

from content_sync.errors import Denied, InvalidSettings, RemoteUnavailable
from content_sync.providers.learners import FEW_LEARNERS, MANY_LEARNERS, LearnersAsked


def failing(error: Exception) -> None:
    raise error


def unavailable(status: int) -> RemoteUnavailable:
    error = RemoteUnavailable("later")
    error.status = status
    return error


def test_one_of_one_is_that_one_s_problem() -> None:
    learners = LearnersAsked()
    assert isinstance(learners.ask(lambda: failing(Denied("no"))), Denied)
    learners.end()


@pytest.mark.parametrize(("healthy", "fails"), [(0, True), (2, True), (3, False)])
def test_most_of_enough_are_everybody_s_problem_at_the_end(healthy: int, fails: bool) -> None:
    learners = LearnersAsked()
    for _ in range(FEW_LEARNERS):
        learners.ask(lambda: failing(Denied("no")))
    learners.known(healthy)
    if not fails:
        learners.end()
        return
    with pytest.raises(Denied):
        learners.end()


def test_very_many_in_a_row_end_a_listing_at_once() -> None:
    learners = LearnersAsked()
    for _ in range(MANY_LEARNERS - 1):
        learners.ask(lambda: failing(unavailable(500)))
    with pytest.raises(RemoteUnavailable):
        learners.ask(lambda: failing(unavailable(500)))


@pytest.mark.parametrize("error", [unavailable(429), unavailable(0), InvalidSettings("401")])
def test_what_is_about_all_of_them_is_nobody_s(error: Exception) -> None:
    with pytest.raises(type(error)):
        LearnersAsked().ask(lambda: failing(error))
