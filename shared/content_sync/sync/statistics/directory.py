"""Who the learners are at 360Learning: found by their addresses, and their ids kept.

Few are looked up and many are listed. Addresses are compared lower-cased on our side, since whether
360Learning looks at upper and lower case is an open question.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from content_sync.batches import by_weight, in_batches
from content_sync.errors import Denied, Refused, UnexpectedAnswer
from content_sync.fields.reading import to_text
from content_sync.learning360.api import MOST_IN_A_FILTER, PARALLEL_READS
from content_sync.learning360.items import Item
from content_sync.settings import OBJECT_ID
from content_sync.sync.run import Run
from content_sync.sync.statistics.books import Books
from content_sync.sync.statistics.scopes import Scopes

MOST_LOOKUPS = 5
MOST_BYTES_IN_A_FILTER = 4000
# In the place of an id, for an address that several users have.
AMBIGUOUS = "?"


class KnownAs(NamedTuple):
    """As whom 360Learning knows a learner.

    Attributes:
        user_id: The id; blank for one who was not found, `?` for an address of several users.
        by_id: Whether 360Learning writes the address in another case than the provider.
    """

    user_id: str
    by_id: bool

    @property
    def one(self) -> bool:
        """Tell whether it is exactly one user."""
        return self.user_id not in ("", AMBIGUOUS)


class Directory:
    """Finds learners at 360Learning, and knows those that were found.

    Args:
        run: The run.
        books: Its books.

    Attributes:
        scopes: Whether that is permitted.
    """

    def __init__(self, run: Run[Any], books: Books) -> None:
        self.scopes = Scopes(run.journal.report)
        self._platform = run.parties.platform
        self._journal = run.journal
        self._report = run.journal.report
        self._learners = books.learners
        self._database = books.database
        self._listed = False
        # The one who was asked about last: a learner's attempts come one after the other.
        self._latest: tuple[str, KnownAs] | None = None
        self._database.execute(
            "CREATE TABLE learner (hash TEXT PRIMARY KEY, mail TEXT, user TEXT, by_id INTEGER, "
            "found INTEGER, looked INTEGER) WITHOUT ROWID"
        )

    def known_as(self, hash_: str) -> KnownAs:
        """Return as whom 360Learning knows a learner."""
        if self._latest is not None and self._latest[0] == hash_:
            return self._latest[1]
        row = self._database.execute(
            "SELECT user, by_id FROM learner WHERE hash = ?", (hash_,)
        ).fetchone()
        known = KnownAs(row[0], bool(row[1])) if row else KnownAs("", by_id=False)
        self._latest = hash_, known
        return known

    def know(self, learners: Iterable[tuple[str, str]]) -> None:
        """Find the 360Learning ids of learners, given as hashes and addresses."""
        self._note(learners)
        lookups = -(-self._unknown() // MOST_IN_A_FILTER)
        if lookups and self.scopes.granted:
            self._guarded(lambda: self._find(lookups))
            self._note_looked()
        ambiguous = self._ambiguous()
        if ambiguous and "ambiguous_learners" not in self._report.reasons:
            self._report.problem(
                "",
                "ambiguous_learners",
                f"{ambiguous} learners' addresses belong to several users of the platform each: "
                "what stands there of them cannot be told apart, so remove one of the users",
            )

    def look_everywhere(self, hashes: Iterable[str]) -> None:
        """Look once more for learners whom 360Learning knows and did not find by their address."""
        if self._listed or not self.scopes.granted:
            return
        if any(not self.known_as(hash_).user_id for hash_ in hashes):
            self._guarded(self._list_users)

    def _find(self, lookups: int) -> None:
        """Look few learners up and list many; who is not found so may be written differently."""
        if lookups <= MOST_LOOKUPS:
            self._look_up_users()
        if not self._listed and self._unknown():
            self._list_users()

    def _list_users(self) -> None:
        for user in self._platform.users():
            self._take_user(user)
        self._listed = True

    def _look_up_users(self) -> None:
        with ThreadPoolExecutor(PARALLEL_READS) as pool:
            for mails in in_batches(_filters(self._unknown_mails()), 64):
                with self._journal.unit():
                    for users in pool.map(self._platform.users_by_mails, mails):
                        for user in users:
                            self._take_user(user)

    def _take_user(self, user: Item) -> None:
        """Note a learner's id, if it is one that we look for."""
        user_id, mail = to_text(user.get("_id")), to_text(user.get("mail"))
        if user_id is None or mail is None or user.get("status") == "deleted":
            return
        if OBJECT_ID.fullmatch(user_id):
            lower = mail.lower()
            hash_ = self._learners.hash_of(lower)
            self._name(hash_, user_id, by_id=mail != lower)

    def _guarded(self, read: Callable[[], None]) -> None:
        """Read users; without the scope go on, and say so once."""
        try:
            read()
        except Denied:
            self.scopes.deny("users:read")
        except (UnexpectedAnswer, Refused) as error:
            self._report.problem("", "learners_unread", str(error), undone=True)

    def _note(self, learners: Iterable[tuple[str, str]]) -> None:
        """Note learners by hash and address, with the id that is kept of them, if one is."""
        self._latest = None
        for hash_, mail in learners:
            known = self._learners.get(hash_)
            # Who was not shown what was sent may be another user by now.
            user_id = "" if known.unconfirmed else known.user_id
            self._database.execute(
                "INSERT OR IGNORE INTO learner VALUES (?, ?, ?, ?, 0, 0)",
                (hash_, mail, user_id, known.by_id),
            )

    def _name(self, hash_: str, user_id: str, *, by_id: bool) -> None:
        """Note a learner's 360Learning id; a second one besides it is one too many."""
        self._latest = None
        self._database.execute(
            "UPDATE learner SET user = CASE WHEN found = 0 OR user = ?1 THEN ?1 ELSE ?2 END, "
            "by_id = ?3, found = 1 WHERE hash = ?4",
            (user_id, AMBIGUOUS, by_id, hash_),
        )

    def _ambiguous(self) -> int:
        """Return how many learners' addresses several users have."""
        return self._count("user = ?", AMBIGUOUS)

    def _unknown(self) -> int:
        """Return how many learners have no id and were not looked for yet."""
        return self._count("user = ? AND looked = 0", "")

    def _note_looked(self) -> None:
        """Note that all learners were looked for."""
        self._database.execute("UPDATE learner SET looked = 1")

    def _count(self, condition: str, value: str) -> int:
        found = self._database.execute(
            f"SELECT count(*) FROM learner WHERE {condition}",  # noqa: S608  # nosec B608
            (value,),
        )
        return int(found.fetchone()[0])

    def _unknown_mails(self) -> Iterator[str]:
        """Yield the addresses of learners without an id, who may be named meanwhile."""
        last = ""
        while True:
            rows = self._database.execute(
                "SELECT hash, mail FROM learner WHERE user = '' AND looked = 0 AND hash > ? "
                "ORDER BY hash LIMIT 1000",
                (last,),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from (mail for _, mail in rows)


def _filters(mails: Iterable[str]) -> Iterator[list[str]]:
    """Yield addresses as many at a time as one filter takes."""
    weighed = ((mail, len(mail)) for mail in mails)
    return by_weight(weighed, most=MOST_IN_A_FILTER, heaviest=MOST_BYTES_IN_A_FILTER)
