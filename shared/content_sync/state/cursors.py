"""Where an unfinished run goes on: a small typed cursor, and lists that are only added to."""

import base64
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from content_sync.domain.brake import Admitted
from content_sync.encoding import as_json, from_json
from content_sync.errors import UnknownCursor
from content_sync.report import Report
from content_sync.request import Demands, Reported
from content_sync.state.runs import in_days
from content_sync.state.table import SHARDS, Delete, Put, Table, Write, shard_key

CURSOR_KEPT_DAYS = 7
# Compressed, base64: well below DynamoDB's 400 KB an item.
PART_BYTES = 250_000


class _Saved(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ListingCursor(_Saved):
    """How far a provider's listing was read.

    Attributes:
        position: Of the last page that was taken in, as the provider gave it.
        ended: Whether that was the last page of all.
        doubts: Why the listing may lack something.
        duplicates: How many objects came more than once.
    """

    position: Any = None
    ended: bool = False
    doubts: list[str] = []
    duplicates: int = 0


class InFlight(_Saved):
    """Parcels that were announced and not yet all recorded.

    Attributes:
        name: Under which they are saved, apart from others that are in flight.
        errand: What they are for.
        announced_at: When they were announced, in milliseconds.
        parts: In how many items they are saved.
        pending: The operations that are to be submitted, the next one last: the first parcel of
            each, and how many parcels it holds.
        begun: Those that 360Learning has, with their ids there.
        refusals: How often an operation was refused as a whole, by what was said.
    """

    name: str
    errand: str
    announced_at: int
    parts: int
    pending: list[tuple[int, int]]
    begun: list[tuple[str, int, int]] = []
    refusals: dict[str, int] = {}


class Cursor(_Saved):
    """What every run saves of its place.

    Attributes:
        version: Of the model: a cursor of another version is not gone on with.
        report: What was counted and met so far.
        demands: What the run was asked for.
        saved_at: When, for people.
        slices: In how many invocations it was worked on.
        in_flight: The blocks of parcels that are under way, the first announced first.
        lists: For each list that the run adds to, its parts as first number and count.
        parts: How many parts were ever written under each name.
    """

    version: int
    report: Report
    demands: Demands
    saved_at: str = ""
    slices: int = 0
    in_flight: list[InFlight] = []
    lists: dict[str, list[tuple[int, int]]] = {}
    parts: dict[str, int] = {}


class CatalogCursor(Cursor):
    """The place of a catalogue run.

    Attributes:
        listing: Of the catalogue.
        active_before: How many courses were active before the run; None until they were counted.
        archives_admitted: What the brake decided, once it has.
        tagged: How many courses' tags were looked at.
    """

    version: Literal[5] = 5
    listing: ListingCursor = ListingCursor()
    active_before: int | None = None
    archives_admitted: Admitted | None = None
    tagged: int = 0


class Window(_Saved):
    """What a statistics run asks the provider for.

    Attributes:
        since: From when on, in milliseconds; None for everything.
    """

    since: int | None


class StatisticsCursor(Cursor):
    """The place of a statistics run.

    Attributes:
        listing: Of the learners' statistics.
        window: The same in every invocation; None until it was chosen.
        counted: Whether what was read has been counted.
        seen: In how many parts it is saved what came again and was not kept.
        gone_through: Up to where the attempts were gone through that are only tried again: a wave,
            a learner's hash and a course; None for not at all.
        broke_off: Whether that was begun and not announced.
    """

    version: Literal[5] = 5
    listing: ListingCursor = ListingCursor()
    window: Window | None = None
    counted: bool = False
    seen: int = 0
    gone_through: tuple[int, str, str] | None = None
    broke_off: bool = False

    def passed(self, wave: int, pair: tuple[str, str]) -> bool:
        """Tell whether a learner's hash and a course were gone through in a wave."""
        return self.gone_through is not None and (wave, *pair) <= self.gone_through

    def go_through(self, wave: int, pair: tuple[str, str]) -> None:
        """Note that a wave of what is only tried again was gone through up to here."""
        if wave < 0 and not self.passed(wave, pair):
            self.gone_through = (wave, *pair)


class ReconcileCursor(Cursor):
    """The place of a run that reconciles.

    Attributes:
        listing: Of the provider's catalogue.
        generations: Of the leases of the two other kinds of runs: while they stay, no run began.
        settled: Whether the courses were compared.
        archived: How many orphans were archived.
        ledger_lost: Whether nothing was known of any learner when it began.
        compared: The external id of the last course whose attempts were compared.
    """

    version: Literal[2] = 2
    listing: ListingCursor = ListingCursor()
    generations: dict[str, int] = {}
    settled: bool = False
    archived: int = 0
    ledger_lost: bool | None = None
    compared: str = ""


CURSORS: dict[Reported, type[Cursor]] = {
    "catalog": CatalogCursor,
    "stats": StatisticsCursor,
    "reconcile": ReconcileCursor,
}

C = TypeVar("C", bound=Cursor)


class CursorStore(Generic[C]):
    """The cursor of one integration and kind, with the lists that belong to it.

    Args:
        table: The state table.
        pk: The integration's partition.
        kind: Of the runs: `catalog`, `stats` or `reconcile`.
        model: The kind's cursor.
    """

    def __init__(self, table: Table, pk: str, kind: str, model: type[C]) -> None:
        self._table = table
        self._pk = pk
        self._sk = f"cursor#{kind}"
        self._model = model
        self._packed_as = ""

    def read(self) -> C | None:
        """Return the cursor that a run left, or None.

        Raises:
            UnknownCursor: There is one, of a version that cannot be gone on with.
        """
        content = self._table.get(self._pk, self._sk)
        if content is None:
            return None
        try:
            if "packed_as" in content:
                self._packed_as, parts = content["packed_as"], content["parts"]
                (content,) = self.read_parts(self._packed_as, [(0, parts)])
                content["parts"][self._packed_as] = parts
            return self._model.model_validate(content)
        except (ValidationError, KeyError, ValueError, TypeError):
            raise UnknownCursor from None

    def writes(self, cursor: C) -> list[Put]:
        """Return the items of a cursor: one to be read by people, or parts if that is too large.

        The parts stand beside those of the save before, so that a save cut short spoils nothing.
        """
        content = cursor.model_dump()
        if len(as_json(content)) <= PART_BYTES:
            return [Put(self._sk, content, expires_at=in_days(CURSOR_KEPT_DAYS))]
        self._packed_as = "even" if self._packed_as == "odd" else "odd"
        parts = self.parts(self._packed_as, 0, content)
        cursor.parts[self._packed_as] = max(len(parts), cursor.parts.get(self._packed_as, 0))
        head = {
            "run_id": cursor.report.run_id,
            "packed_as": self._packed_as,
            "parts": len(parts),
        }
        return [*parts, Put(self._sk, head, expires_at=in_days(CURSOR_KEPT_DAYS))]

    def write(self, writes: Iterable[Write]) -> None:
        """Write what no other run writes, without a lease."""
        for write in writes:
            self._table.write(self._pk, write)

    def parts(self, name: str, first: int, content: Any) -> list[Put]:
        """Return the items of something larger than an item may be.

        Args:
            name: What it is, such as `seen`.
            first: The number of the first part.
            content: Anything JSON.
        """
        packed = base64.b64encode(zlib.compress(as_json(content), 1)).decode()
        return [
            Put(
                self._part_sk(name, first + number),
                packed[start : start + PART_BYTES],
                expires_at=in_days(CURSOR_KEPT_DAYS),
                shard=_shard(first + number),
            )
            for number, start in enumerate(range(0, len(packed), PART_BYTES))
        ]

    def read_parts(self, name: str, spans: list[tuple[int, int]]) -> Iterator[Any]:
        """Read what was written by `parts`, one content for each span of first number and count.

        Raises:
            UnknownCursor: It is not there, or not as it was written.
        """
        for first, count in spans:
            try:
                pieces: list[str] = []
                for number in range(first, first + count):
                    shard = shard_key(self._pk, _shard(number))
                    piece = self._table.get(shard, self._part_sk(name, number))
                    if not isinstance(piece, str):
                        raise UnknownCursor
                    pieces.append(piece)
                packed = "".join(pieces)
                content = from_json(zlib.decompress(base64.b64decode(packed)))
            except (ValueError, TypeError, zlib.error):
                raise UnknownCursor from None
            yield content

    def clearing(self, cursor: Cursor | None) -> Iterator[Write]:
        """Yield what forgets a cursor and its parts; parts that a crash leaves behind expire.

        Args:
            cursor: The cursor; None for one that cannot be read, whose parts are looked for.
        """
        yield Delete(self._sk)
        if cursor is not None:
            for name, parts in cursor.parts.items():
                for number in range(parts):
                    yield Delete(self._part_sk(name, number), _shard(number))
            return
        for shard in SHARDS:
            for sk, _ in self._table.query(shard_key(self._pk, shard), f"{self._sk}#"):
                yield Delete(sk, shard)

    def _part_sk(self, name: str, number: int) -> str:
        return f"{self._sk}#{name}#{number:05d}"


def _shard(number: int) -> str:
    return SHARDS[number % len(SHARDS)]
