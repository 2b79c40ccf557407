"""One learner: the provider's statistics, the ledger, and the user at 360Learning."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from content_sync.errors import ContentSyncError, NotFound
from content_sync.fields import Raw
from content_sync.fields.reading import to_text
from content_sync.learning360.items import Item
from content_sync.lifecycle.explain.course import CourseFacts
from content_sync.parties import Parties
from content_sync.providers.base import AsksByLearner, StatisticsQuery
from content_sync.state.courses import course_ledger
from content_sync.state.learner import Learner
from content_sync.state.learners import learner_of

MOST_NEAR = 10
# How alike the first parts of two addresses of one domain are that may be one person's.
ALIKE = 0.9
SHORTEST_ALIKE = 6
_SEPARATORS = re.compile(r"[._-]")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Person:
    """Whom 360Learning knows by an address.

    Attributes:
        user_id: The id; blank for nobody, or several.
        seen: Whether 360Learning could be asked.
        said: In words.
        near: Users whose address, or user name, is nearly that.
    """

    user_id: str
    seen: bool
    said: str
    near: list[dict[str, str]]


@dataclass(frozen=True)
class LearnerFacts:
    """What is known of a learner.

    Attributes:
        mail: The address, in lower case.
        provider: What learners call it.
        rows: What it says; None where it has no such learner.
        asked: How it was asked.
        unasked: Why it could not be; blank where it could.
        ledger: What was sent and what waits.
        person: Whom 360Learning knows.
    """

    mail: str
    provider: str
    rows: list[tuple[str, Raw]] | None
    asked: str
    unasked: str
    ledger: Learner
    person: Person

    @property
    def user_id(self) -> str:
        """Return the 360Learning id; blank where nobody, or several, have the address."""
        return self.person.user_id

    def rows_on(self, course: str) -> list[Raw]:
        """Return the provider's rows on a course."""
        return [raw for name, raw in self.rows or () if name == course]

    def courses(self) -> list[str]:
        """Return the courses of which anything is known."""
        said = {name for name, _ in self.rows or () if name}
        return sorted(said | set(self.ledger.courses_sent()) | self.ledger.courses_waiting())

    def told(self) -> dict[str, Any]:
        """Return all of it, for people to read."""
        return {
            "learner": self.mail,
            "provider": {
                "asked": self.asked,
                "known": None if self.unasked else self.rows is not None,
                "rows": len(self.rows or ()),
            },
            "ledger": {
                "courses_sent": len(self.ledger.courses_sent()),
                "courses_waiting": len(self.ledger.courses_waiting()),
            },
            "at_360learning": {
                "known": bool(self.user_id) if self.person.seen else None,
                "user_id": self.user_id,
                "said": self.person.said,
                "near_misses": self.person.near,
            },
            "why": self.why,
        }

    @property
    def why(self) -> str:
        """Return one sentence on the learner as a whole."""
        if self.unasked:
            said = f"{self.provider} could not be asked ({self.unasked})"
        elif self.rows is None:
            said = f"{self.provider} has no learner of this address"
        elif not self.rows:
            said = f"{self.provider} returns nothing of this learner"
        else:
            rows = "one row" if len(self.rows) == 1 else f"{len(self.rows)} rows"
            said = f"{self.provider} returns {rows} of this learner"
        waiting = len(self.ledger.courses_waiting())
        courses = "1 course waits" if waiting == 1 else f"{waiting} courses wait"
        waits = f"; {courses}" if waiting else ""
        mend = ""
        if self.person.seen and not self.user_id and self.rows:
            mend = (
                ". To do: give the learner an account of this address at 360Learning, or correct "
                f"the address at {self.provider}; the next statistics run then sends the progress"
            )
        return f"{said}, and {self.person.said}{waits}{mend}."


def find_learner(parties: Parties, address: str, course: CourseFacts | None) -> LearnerFacts:
    """Ask all sides about a learner; with a course, only about that one where that saves calls."""
    mail = address.strip().lower()
    ledger = learner_of(parties.table, parties.pk, mail)
    rows, asked, unasked = None, "without an answer", ""
    try:
        found, asked = _ask_provider(parties, mail, ledger, course)
        if found is not None:
            rows = [(parties.provider.course_of(raw), raw) for raw in found]
    except ContentSyncError as error:
        unasked = str(error)
    return LearnerFacts(
        mail=mail,
        provider=parties.provider.display_name,
        rows=rows,
        asked=asked,
        unasked=unasked,
        ledger=ledger,
        person=_person(parties, mail),
    )


def _ask_provider(
    parties: Parties, mail: str, ledger: Learner, course: CourseFacts | None
) -> tuple[list[Raw] | None, str]:
    """Return the provider's rows of a learner, and how it was asked.

    Raises:
        ContentSyncError: It answers something else for this learner, or nobody.
    """
    api, left = parties.api, ledger.open_courses()
    wanted = [course.external_id] if course is not None else []
    if isinstance(api, AsksByLearner):
        try:
            found = api.statistics_of(mail, {*left, *wanted})
        except NotFound:
            pass
        else:
            return (None if found is None else list(found)), "by the learner"
    courses = wanted or [name for name, _ in course_ledger(parties.table, parties.pk).items()]
    query = StatisticsQuery(None, courses, lambda _: left)
    rows: list[Raw] = []
    for page in api.statistics(query, None):
        rows += [raw for raw in page.items if parties.provider.is_of(raw, mail)]
        for learner in page.unread:
            if learner.mail.lower() == mail:
                raise ContentSyncError(learner.why)
    return rows or None, "in its listing of statistics"


def _person(parties: Parties, mail: str) -> Person:
    """Find the user who has an address, or those who nearly have it."""
    platform = parties.platform
    try:
        same = [user for user in platform.users_by_mails([mail]) if _is(user, mail)]
        if same and (alive := _alive(same)):
            return _known(alive, mail)
        users = list(platform.users())
    except ContentSyncError as error:
        said = f"360Learning could not be asked for its users ({error})"
        return Person("", seen=False, said=said, near=[])
    if alive := _alive([user for user in users if _is(user, mail)]):
        return _known(alive, mail)
    near = [one for user in users if (one := _near(user, mail)) is not None]
    near.sort(key=lambda one: list(_HOW).index(one["how"]))
    said = "360Learning knows no user of this address"
    if near:
        how = ", ".join(dict.fromkeys(_HOW[one["how"]] for one in near))
        said += f"; nearly the same: {how}"
    return Person("", seen=True, said=said, near=near[:MOST_NEAR])


def _known(alive: list[Item], mail: str) -> Person:
    if len({str(user.get("_id")) for user in alive}) > 1:
        said = "several users of 360Learning have this address: remove one of them"
        return Person("", seen=True, said=said, near=[])
    written = to_text(alive[0].get("mail")) or ""
    said = "360Learning knows the learner"
    if written != mail:
        said += ", who is written there in another case and named by id"
    return Person(str(alive[0].get("_id")), seen=True, said=said, near=[])


def _alive(users: list[Item]) -> list[Item]:
    return [user for user in users if user.get("status") != "deleted"]


def _is(user: Item, mail: str) -> bool:
    return (to_text(user.get("mail")) or "").lower() == mail


_HOW = {
    "deleted": "a deleted user",
    "user_name": "a user name without an address",
    "another_domain": "another domain",
    "alike": "another way of writing it",
}


def _near(user: Item, mail: str) -> dict[str, str] | None:
    """Return a user who nearly has an address, and how nearly."""
    written = to_text(user.get("mail")) or ""
    local, _, domain = mail.partition("@")
    other, _, other_domain = written.lower().partition("@")
    found = {"user_id": str(user.get("_id")), "mail": written}
    if written.lower() == mail:
        return {**found, "how": "deleted"}
    name = (to_text(user.get("username")) or "").lower()
    if name in (mail, local) and not written:
        return {**found, "mail": "", "how": "user_name"}
    if other == local and other_domain:
        return {**found, "how": "another_domain"}
    if other_domain == domain and _alike(other, local):
        return {**found, "how": "alike"}
    return None


def _alike(one: str, other: str) -> bool:
    """Tell whether two first parts of addresses may be one person's, mistyped or written anew.

    Short ones, and those that differ in a number, are mostly two people's.
    """
    parts = [sorted(_SEPARATORS.split(text.partition("+")[0])) for text in (one, other)]
    if parts[0] == parts[1] or "".join(parts[0]) == "".join(parts[1]):
        return True
    digits = [_DIGITS.findall(text) for text in (one, other)]
    if digits[0] != digits[1] or min(len(one), len(other)) < SHORTEST_ALIKE:
        return False
    return SequenceMatcher(None, one, other).ratio() >= ALIKE
