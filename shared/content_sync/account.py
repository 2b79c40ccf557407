"""What a provider's reader found out about its account, kept for a week."""

from dataclasses import dataclass
from typing import Any, get_args

from content_sync.fields.instants import now, to_iso
from content_sync.providers.base import ProviderApi, Remembering
from content_sync.request import Reported
from content_sync.state.table import Delete, Put, Table, Write

# Then it is found out anew: an account may have been granted more.
KEPT_MILLISECONDS = 7 * 86_400_000


def forget_notes(table: Table, pk: str) -> None:
    """Let the next runs find out anew."""
    for kind in get_args(Reported):
        if table.get(pk, _sk(kind)) is not None:
            table.write(pk, Delete(_sk(kind)))


def _sk(kind: Reported) -> str:
    # Marks go with the configuration that they are about.
    return f"mark#account#{kind}"


@dataclass
class Notes:
    """The notes of a reader that keeps any, as they are stored."""

    sk: str
    api: ProviderApi
    found_at: int
    before: Any

    @classmethod
    def recall(cls, table: Table, pk: str, kind: Reported, api: ProviderApi) -> "Notes":
        """Let a reader take up what runs of a kind know of its account."""
        sk = _sk(kind)
        found_at, before = now(), {}
        content = table.get(pk, sk) if isinstance(api, Remembering) else None
        if content and content["found_at"] > found_at - KEPT_MILLISECONDS:
            assert isinstance(api, Remembering)
            found_at, before = content["found_at"], content["notes"]
            api.recall(before)
        return cls(sk, api, found_at, before)

    def writes(self) -> list[Write]:
        """Return what is to be written: what was found out in this run and is not stored yet."""
        if not isinstance(self.api, Remembering) or (notes := self.api.notes()) == self.before:
            return []
        self.before = notes
        utc = to_iso(self.found_at)
        return [Put(self.sk, {"notes": notes, "found_at": self.found_at, "utc": utc})]
