"""Listings of 360Learning's API v2 (/docs/pagination), which follow `Link: <...>; rel="next"`."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from content_sync.errors import UnexpectedAnswer
from content_sync.learning360.items import Item
from content_sync.web.http import HttpClient, Query

# A million rows under one filter: more pages are taken for a listing without an end.
MOST_PAGES = 2000
_NEXT_LINK = re.compile(r'<([^<>]{1,4096})>\s{0,9};\s{0,9}rel="?next"?')


class Listings:
    """Reads listings, page by page.

    Args:
        http: The platform's client.
        base_url: Where it is reached.
    """

    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def wholly(self, path: str, query: Query, *, permission: str) -> Iterator[Item]:
        """Follow a listing of which nothing may be missing.

        Raises:
            UnexpectedAnswer: It repeats itself, never ends, or holds what is not an object.
        """
        seen: set[Any] = set()
        pages = self._pages(path, query, permission=permission, loops=False)
        for number, page in enumerate(pages):
            first = page[0].get("_id") if page and isinstance(page[0], dict) else None
            if first in seen or number >= MOST_PAGES or not all(isinstance(x, dict) for x in page):
                raise _endless(path)
            if first is not None:
                seen.add(first)
            yield from page

    def listed(
        self, path: str, query: Query, *, permission: str, ids: Sequence[str] = ()
    ) -> Iterator[Item]:
        """Follow a listing to its end, or until it repeats itself."""
        for page in self._pages(path, query, ids=ids, permission=permission):
            yield from (item for item in page if isinstance(item, dict))

    def _pages(
        self,
        path: str,
        query: Query,
        *,
        permission: str,
        ids: Sequence[str] = (),
        loops: bool = True,
    ) -> Iterator[list[Any]]:
        """Follow `Link: <...>; rel="next"`, verbatim (/docs/pagination); a loop may be an end."""
        seen: set[str] = set()
        link = ""
        for _ in range(MOST_PAGES):
            answer = self._http.get(path, query, ids=ids, link=link, permission=permission)
            if not isinstance(answer.body, list):
                raise UnexpectedAnswer(
                    f"360Learning answered {path} without a list: an engineer should look"
                )
            yield answer.body
            following = next_link(answer.headers.get("Link", ""))
            if following in seen and not loops:
                raise _endless(path)
            if following is None or following in seen:
                return
            link, query = self._own(following), ()
            seen.add(following)
        raise _endless(path)

    def _own(self, link: str) -> str:
        """Return a link on the address at which we reach the platform: tokens go nowhere else."""
        if link.startswith(f"{self._base_url}/"):
            return link
        try:
            parts = urlsplit(link)
        except ValueError:
            raise UnexpectedAnswer(
                "360Learning gives a way to a next page that is no URL: an engineer should look"
            ) from None
        return f"/{parts.path.lstrip('/')}?{parts.query}"


def next_link(header: str) -> str | None:
    """Return the way to the next page, as a `Link` header names it."""
    found = _NEXT_LINK.search(header)
    return found[1] if found else None


def _endless(path: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"360Learning's listing {path} repeats itself, never ends, or holds what "
        "is not an object: an engineer should look"
    )
