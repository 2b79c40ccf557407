"""Groups and authors at 360Learning, for people to choose from when they write a secret."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from content_sync.aws.secrets import read_secret
from content_sync.fields.reading import to_text
from content_sync.learning360.api import Learning360Api
from content_sync.learning360.items import Item
from content_sync.settings import PlatformSettings, parse_secret
from content_sync.web.timebudget import TimeBudget

MOST_FOUND = 50
DELETED = "deleted"


def find(
    prefix: str, platform: str, budget: TimeBudget, *, group: str | None, author: str | None
) -> dict[str, Any]:
    """Look for groups by a part of their names, or for an author by address.

    Args:
        prefix: What the secrets' names begin with.
        platform: Whose credentials: the platform's name.
        budget: The time left.
        group: A part of a group's name, in any case, or its id; blank for all.
        author: An address.

    Returns:
        `{"platform", "found", "more"}`: a group is `{"group_id", "name", "public"}`, an author
        `{"author_id", "name", "language"}`. At most 50; `more` says whether there are others.

    Raises:
        InvalidSettings: The platform's secret is missing or wrong, or a scope is not granted.
    """
    secret = f"{prefix}/platforms/{platform}"
    api = Learning360Api(parse_secret(secret, read_secret(secret), PlatformSettings), budget)
    api.log_in()
    matches = _groups(api, group) if group is not None else _authors(api, author or "")
    found = list(islice(matches, MOST_FOUND + 1))
    return {
        "platform": platform,
        "found": found[:MOST_FOUND],
        "more": len(found) > MOST_FOUND,
    }


def _groups(api: Learning360Api, text: str) -> Iterator[Item]:
    wanted = text.strip().casefold()
    for group in api.groups():
        name, group_id = to_text(group.get("name")) or "", str(group.get("_id"))
        if wanted in name.casefold() or wanted == group_id:
            yield {"group_id": group_id, "name": name, "public": group.get("public") is True}


def _authors(api: Learning360Api, mail: str) -> Iterator[Item]:
    for user in api.users_by_mails([mail.strip()]):
        if user.get("status") != DELETED:
            names = (to_text(user.get("firstName")), to_text(user.get("lastName")))
            yield {
                "author_id": str(user.get("_id")),
                "name": " ".join(name for name in names if name),
                "language": to_text(user.get("lang")) or "",
            }
