"""A course as the sources describe it, and the judgements a provider's mapper may pass.

Field names are those of 360Learning's integration guides: externalId, name, launchUrl, lang, ...
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from content_sync.fields.reading import is_https_url, is_loopback, url_encoded, without_tags


@dataclass(frozen=True, slots=True)
class Source:
    """Who publishes a course: its name, and a logo's https URL."""

    name: str
    logoUrl: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """One course, in the sources' terms, not yet in 360Learning's.

    `duration` is in whole minutes; `modifiedAt` in milliseconds since the epoch; `lang` is the
    provider's own code; `contentType` and `difficulty` are the sources' target values. Authors,
    subjects, sources and tags are there once each (`distinct`, `publishers`).
    `tagsUnknown`: the provider's could not be read, so that those at 360Learning stay.
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
    tagsUnknown: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The provider no longer offers it, or offers it in a type that is not synchronized.

    Archived if it was sent before, ignored otherwise.
    """

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


def offered(course: Course) -> CourseJudgement:
    """Judge a course that its provider offers: title and launch URL are required.

    Args:
        course: As mapped; a blank `name` or `launchUrl` stands for a missing one. The launch URL
            must be absolute https (http on loopback). Tags go out of all names.
    """
    name = course.externalId
    course = _harmless(course)
    if not course.name:
        return Invalid(name, "missing_title", f"course {name} has no title")
    if not course.launchUrl:
        return Invalid(name, "missing_launch_url", f"course {name} has no launch URL")
    if not is_launchable(course.launchUrl):
        return Invalid(
            name,
            "invalid_launch_url",
            f"the launch URL of course {name} is not an absolute https URL",
        )
    return course


def _harmless(course: Course) -> Course:
    """Return a course of which no name and no URL can run where it is rendered."""
    url = url_encoded(course.launchUrl)
    names = (course.name, *course.subjects, *course.tags, *(one.name for one in course.sources))
    # A copy costs as much as half of the mapping, and of nearly all courses nothing goes out.
    if url == course.launchUrl and "<" not in "".join(names):
        return course
    return replace(
        course,
        name=without_tags(course.name),
        launchUrl=url,
        subjects=distinct(map(without_tags, course.subjects)),
        tags=distinct(map(without_tags, course.tags)),
        sources=publishers(
            (without_tags(source.name), source.logoUrl) for source in course.sources
        ),
    )


def without_id() -> Invalid:
    """Return the judgement on an object that has no usable id."""
    return Invalid("", "missing_external_id", "a course without an id was left out")


def is_launchable(url: str) -> bool:
    """Tell whether a learner's browser can be sent to a URL."""
    if is_https_url(url):
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and is_loopback(parts.hostname or "")
    except ValueError:
        return False


def publishers(named: Iterable[tuple[str | None, str | None]]) -> tuple[Source, ...]:
    """Return the publishers that have a name, each name once.

    Args:
        named: Names, each with the https URL of a logo, or None.
    """
    found: dict[str, Source] = {}
    for name, logo in named:
        if name and name not in found:
            found[name] = Source(name, logo)
    return tuple(found.values())


def distinct(names: Iterable[str | None]) -> tuple[str, ...]:
    """Return the texts among `names`, each once, in order."""
    return tuple(dict.fromkeys(filter(None, names)))
