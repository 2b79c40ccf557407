"""What a provider's reader found out about its account, kept for a week."""

from dataclasses import dataclass
from typing import Any

from content_sync.fields.instants import now, to_iso
from content_sync.providers.base import ProviderApi, Remembering
from content_sync.state.table import Put, Table, Write

# Then it is found out anew: an account may have been granted more.
KEPT_MILLISECONDS = 7 * 86_400_000
# Marks go with the configuration that they are about.
_SK = "mark#account"


@dataclass
class Notes:
    """The notes of a reader that keeps any, as they are stored."""

    api: ProviderApi
    found_at: int
    before: Any

    @classmethod
    def recall(cls, table: Table, pk: str, api: ProviderApi) -> "Notes":
        """Let a reader take up what is known of its account."""
        found_at, before = now(), {}
        content = table.get(pk, _SK) if isinstance(api, Remembering) else None
        if content and content["found_at"] > found_at - KEPT_MILLISECONDS:
            assert isinstance(api, Remembering)
            found_at, before = content["found_at"], content["notes"]
            api.recall(before)
        return cls(api, found_at, before)

    def writes(self) -> list[Write]:
        """Return what is to be written: what was found out in this run and is not stored yet."""
        if not isinstance(self.api, Remembering) or (notes := self.api.notes()) == self.before:
            return []
        self.before = notes
        utc = to_iso(self.found_at)
        return [Put(_SK, {"notes": notes, "found_at": self.found_at, "utc": utc})]
