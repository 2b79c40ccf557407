"""A course as the sources describe it, and the judgements a provider's mapper may pass.

Field names are the sources' own (`../seeds` tables): externalId, name, launchUrl, lang, ...
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from content_sync.fields.reading import clean_text, https_url, is_loopback, part

# Nearly all launch URLs; the rest is taken apart.
_PLAIN_HTTPS = re.compile(r"https://[a-zA-Z0-9.-]+(?:[/?#]|$)")


@dataclass(frozen=True, slots=True)
class Source:
    """Who publishes a course: its name, and a logo's https URL."""

    name: str
    logoUrl: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """One course, in the sources' terms, not yet in 360Learning's.

    `duration` is in whole minutes; `modifiedAt` in milliseconds since the epoch; `lang` is the
    provider's own code; `contentType` and `difficulty` are the sources' target values.
    """

    externalId: str
    name: str
    launchUrl: str
    description: str | None = None
    descriptionIsHtml: bool = False
    image: str | None = None
    duration: int | None = None
    lang: str | None = None
    authors: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    difficulty: str | None = None
    contentType: str = "course"
    modifiedAt: int | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The provider no longer offers it, or offers it in a type that is not synchronized:
    archived if it was sent before, ignored otherwise."""

    externalId: str
    reason: str


@dataclass(frozen=True, slots=True)
class Untouched:
    """Says nothing about the course's fate: whatever stands at 360Learning stays."""

    externalId: str
    reason: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """Lacks what is required: never sent, named in the report; what was sent before stays."""

    externalId: str
    reason: str
    message: str


CourseJudgement = Course | Withdrawn | Untouched | Invalid


def offered(externalId: str, name: Any, launchUrl: str | None, **optional: Any) -> CourseJudgement:
    """Judges a course that its provider offers: `mapping.md`, "Courses, all providers".

    Args:
        externalId: The provider's immutable id, not blank.
        name: The title as the provider has it; anything.
        launchUrl: Where a learner is sent; absolute https (http on loopback).
        **optional: The other fields of `Course`, already mapped.
    """
    title = clean_text(name)
    if title is None:
        return Invalid(externalId, "missing_title", f"course {externalId} has no title")
    if not launchUrl:
        return Invalid(externalId, "missing_launch_url", f"course {externalId} has no launch URL")
    if not is_launchable(launchUrl):
        return Invalid(
            externalId,
            "invalid_launch_url",
            f"the launch URL of course {externalId} is not an absolute https URL",
        )
    return Course(externalId=externalId, name=title, launchUrl=launchUrl, **optional)


def without_id() -> Invalid:
    """The judgement on an object that has no usable id."""
    return Invalid("", "missing_external_id", "a course without an id was left out")


def is_launchable(url: str) -> bool:
    """Whether a learner's browser can be sent there."""
    if _PLAIN_HTTPS.match(url):
        return True
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host or ""))
    )


def sources(publishers: Any, *, logo: str = "") -> tuple[Source, ...]:
    """The publishers that have a name, each name once.

    Args:
        publishers: Objects with a `name`, or anything else.
        logo: Under which name their logo's URL stands, if they have one.
    """
    found: dict[str, Source] = {}
    for publisher in publishers if isinstance(publishers, list) else []:
        if (name := clean_text(part(publisher, "name"))) and name not in found:
            found[name] = Source(name, https_url(part(publisher, logo)) if logo else None)
    return tuple(found.values())


def distinct(names: Iterable[Any]) -> tuple[str, ...]:
    """The usable texts among `names`, each once, in order."""
    cleaned = (clean_text(name) for name in names)
    return tuple(dict.fromkeys(name for name in cleaned if name))
