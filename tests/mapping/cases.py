"""Every row of every mapping table in the sources, as a case that runs through the real mappers.

`docs/mapping.md` is made of these cases by tools/mapping_sheet.py: a row stands there only as long
as its case passes.
"""

from dataclasses import dataclass
from typing import Any

from content_sync.domain.course import Course
from content_sync.domain.statistic import Statistic
from content_sync.learning360.items import course_item, statistic_item
from content_sync.providers.base import Provider
from content_sync.providers.registry import PROVIDERS
from sandbox.providers import TENANTS
from sandbox.providers.base import Tenant, changed

SEEDS = {
    "pluralsight": "seed 000",
    "coursera": "seed 001",
    "edflex": "seed 002",
    "go1": "seed 003",
    "openclassrooms": "seed 004",
}
NOTHING = "nothing"
LEARNER = "ada@example.com"
T1, T2, T3 = "2026-01-10T08:00:00+00:00", "2026-01-12T10:00:00+00:00", "2026-01-14T10:00:00+00:00"
Z1, Z2, Z3 = "2026-01-10T08:00:00.000Z", "2026-01-12T10:00:00.000Z", "2026-01-14T10:00:00.000Z"
M1, M2, M3 = 1_768_032_000_000, 1_768_212_000_000, 1_768_384_800_000


@dataclass(frozen=True)
class Case:
    """One row of a mapping table, with an example.

    Attributes:
        provider: Whose table.
        kind: `course` or `statistic`.
        source: The provider's field, as a path in its raw object.
        rule: What is done with it.
        target: The field of API v2's item, or what becomes of the whole object.
        given: The value under `source` in the example; a dict sets several fields.
        sent: What API v2 gets for it.
    """

    provider: str
    kind: str
    source: str
    rule: str
    target: str
    given: Any
    sent: Any

    @property
    def name(self) -> str:
        """The test's id."""
        number = [case for case in CASES if case.provider == self.provider].index(self)
        return f"{self.provider}-{self.kind}-{number}"

    def result(self) -> Any:
        """What the real mappers make of the example."""
        provider = PROVIDERS[self.provider]
        tenant = next(tenant for tenant in TENANTS if tenant.name == self.provider)
        if self.kind == "course":
            return self._picked(self._course(provider, tenant))
        return self._picked(self._statistic(provider, tenant))

    def _course(self, provider: Provider, tenant: Tenant) -> Any:
        raw = self._changed(tenant.course(7, "A title"))
        judgement = provider.to_course(provider.course.read(raw, **(tenant.joined or {})))
        if not isinstance(judgement, Course):
            return type(judgement).__name__
        item = course_item(judgement, provider_name=provider.display_name, default_language="en")
        return item | {"modifiedAt": judgement.modifiedAt, "tags": list(judgement.tags)}

    def _statistic(self, provider: Provider, tenant: Tenant) -> Any:
        raw = tenant.row(LEARNER, tenant.external_id(7))
        raw = {**raw, **tenant.joined_row(LEARNER)}
        judgement = provider.to_statistic(provider.statistic.read(self._changed(raw)))
        if not isinstance(judgement, Statistic):
            return type(judgement).__name__
        return statistic_item(judgement)

    def _changed(self, raw: Any) -> Any:
        values = self.given if isinstance(self.given, dict) and "=" in self.given else None
        if values is not None:
            for path, value in values["="].items():
                raw = changed(raw, tuple(path.split(".")), value)
            return raw
        return changed(raw, tuple(self.source.split(" ")[0].split(".")), self.given)

    def _picked(self, item: Any) -> Any:
        if isinstance(item, str):
            return item
        value = item
        for name in self.target.split("."):
            value = value.get(name, NOTHING) if isinstance(value, dict) else value
        return value


def many(**values: Any) -> dict[str, Any]:
    """Several fields at once; `__` stands for a dot."""
    return {"=": {name.replace("__", "."): value for name, value in values.items()}}


C, S = "course", "statistic"
P, A = "attributes", "attributes."
DEFINITION = "extraMetadata.definition"

CASES = (
    # Pluralsight, courses
    Case("pluralsight", C, "slug", "as it is", "externalId", "azure-data", "azure-data"),
    Case("pluralsight", C, "title", "trimmed; required", "name", " A title ", "A title"),
    Case(
        "pluralsight",
        C,
        "courseStatus.name",
        "retired, removed: archived if sent before, ignored otherwise",
        "(whole course)",
        "Retired",
        "Withdrawn",
    ),
    Case(
        "pluralsight",
        C,
        "courseStatus.name",
        "an unknown one changes nothing",
        "(whole course)",
        "New",
        "Untouched",
    ),
    Case("pluralsight", C, "courseStatus", "required", "(whole course)", None, "Invalid"),
    Case(
        "pluralsight", C, "description", "as it is; omitted when empty", "description", " ", NOTHING
    ),
    Case(
        "pluralsight",
        C,
        "(static)",
        "/static/images/courses/pluralsight.png at the platform",
        "imageUrl",
        0,
        "https://app.example.com/static/images/courses/pluralsight.png",
    ),
    Case("pluralsight", C, "courseSeconds", "seconds to minutes, half up", "duration", 4484.4, 75),
    Case("pluralsight", C, "courseSeconds", "at least 1 above 0", "duration", 12.4, 1),
    Case("pluralsight", C, "(constant)", "en", "defaultLang", 0, "en"),
    Case(
        "pluralsight",
        C,
        "slug",
        "https://app.pluralsight.com/player?course= + slug, percent-encoded",
        "launchUrl",
        "c# & co",
        "https://app.pluralsight.com/player?course=c%23%20%26%20co",
    ),
    Case("pluralsight", C, "displayDate", "kept in the ledger", "modifiedAt", T1, M1),
    # Pluralsight, statistics
    Case("pluralsight", S, "course.slug", "as it is; required", "courseIdentifier.value", "x", "x"),
    Case(
        "pluralsight",
        S,
        "user.email",
        "trimmed, lower case; required",
        "userIdentifier.value",
        " Ada@Example.com ",
        LEARNER,
    ),
    Case(
        "pluralsight",
        S,
        "percentComplete",
        "floored, below 100 unless completed",
        "progress",
        many(percentComplete=99.6, completedOn=None),
        99,
    ),
    Case(
        "pluralsight",
        S,
        "percentComplete",
        "50 when absent",
        "progress",
        many(percentComplete=None, completedOn=None),
        50,
    ),
    Case(
        "pluralsight",
        S,
        "clipViewSeconds",
        "seconds to milliseconds; else the sum of the daily usage; else totalWatchedSeconds",
        "timeSpent",
        905.4,
        905_400,
    ),
    Case(
        "pluralsight",
        S,
        "totalWatchedSeconds",
        "where neither progress nor daily usage has clipViewSeconds",
        "timeSpent",
        12.0,
        12_000,
    ),
    Case(
        "pluralsight",
        S,
        "completedOn",
        "completed: progress 100, at this instant",
        "lastActivityAt",
        T3,
        Z3,
    ),
    Case("pluralsight", S, "firstViewedClipOn", "UTC", "firstActivityAt", T1, Z1),
    Case(
        "pluralsight",
        S,
        "rollupDate",
        "a date is midnight UTC; else the latest of the daily usage; else lastViewedClipOn",
        "lastActivityAt",
        many(
            rollupDate="2026-01-14",
            completedOn=None,
            percentComplete=1,
            firstViewedClipOn=T1,
        ),
        "2026-01-14T00:00:00.000Z",
    ),
    # Coursera, courses (the table's cells were lost: rebuilt in the reference, section 8)
    Case("coursera", C, "contentId", "as it is", "externalId", "abc", "abc"),
    Case("coursera", C, "name", "trimmed; required", "name", " A title", "A title"),
    Case(
        "coursera",
        C,
        "description",
        "as it is",
        "description",
        many(description="One\n\nTwo", instructors=[]),
        "One\n\nTwo",
    ),
    Case(
        "coursera",
        C,
        f"{DEFINITION}.promoPhoto",
        "https only",
        "imageUrl",
        "https://i.example.com/a.png",
        "https://i.example.com/a.png",
    ),
    Case(
        "coursera",
        C,
        f"{DEFINITION}.estimatedLearningTime",
        "seconds to minutes",
        "duration",
        118_800,
        1980,
    ),
    Case("coursera", C, "languageCode", "API v2's list", "defaultLang", "pt-BR", "pt_BR"),
    Case(
        "coursera",
        C,
        "programs",
        "the first contentUrl; required",
        "launchUrl",
        [{"contentUrl": "https://a.example.org/?x=1"}, {"contentUrl": "https://b.example.org/"}],
        "https://a.example.org/?x=1",
    ),
    Case("coursera", C, "programs", "required", "(whole course)", [], "Invalid"),
    Case("coursera", C, "lastUpdatedAt", "epoch seconds", "modifiedAt", M1 // 1000, M1),
    Case(
        "coursera",
        C,
        "instructors",
        "names, as the description's last paragraph",
        "description",
        [{"name": "Ann"}, {"title": "No name"}, {"name": "Bob"}],
        "Plain words.\n\nAuthors: Ann, Bob",
    ),
    Case(
        "coursera",
        C,
        f"{DEFINITION}.domainTypes",
        "domain and subdomain names, each once",
        "subjects",
        [
            {"domain": {"name": "Data"}, "subdomain": {"name": "Statistics"}},
            {"domain": {"name": "Data"}, "subdomain": {"name": "Machines"}},
        ],
        ["Data", "Statistics", "Machines"],
    ),
    Case(
        "coursera", C, "difficultyLevel", "else omitted", "difficultyLevel", "ADVANCED", "advanced"
    ),
    Case("coursera", C, "difficultyLevel", "else omitted", "difficultyLevel", "MIXED", NOTHING),
    Case(
        "coursera", C, "contentType", "by name", "contentType", "Specialization", "specialization"
    ),
    Case(
        "coursera",
        C,
        "partners",
        "name and logo",
        "sources",
        [{"name": "University", "logoUrl": "https://l.example.com/u.png"}],
        [{"name": "University", "logoUrl": "https://l.example.com/u.png"}],
    ),
    # Coursera, statistics
    Case("coursera", S, "contentId", "required", "courseIdentifier.value", "abc", "abc"),
    Case("coursera", S, "email", "required", "userIdentifier.value", "Ada@example.com", LEARNER),
    Case(
        "coursera",
        S,
        "externalId",
        "where there is no email and it is an address",
        "userIdentifier.value",
        many(email=None, externalId=LEARNER),
        LEARNER,
    ),
    Case(
        "coursera",
        S,
        "overallProgress",
        "0 when absent; below 100 unless isCompleted",
        "progress",
        many(isCompleted=False, overallProgress=100),
        99,
    ),
    Case(
        "coursera",
        S,
        "isCompleted",
        "decides, whatever the progress",
        "progress",
        many(isCompleted=True, overallProgress=37),
        100,
    ),
    Case("coursera", S, "approxTotalCourseHrs", "hours", "timeSpent", 2.5, 9_000_000),
    Case(
        "coursera",
        S,
        "approxTotalLearningHours",
        "where the other is 0 or absent",
        "timeSpent",
        many(approxTotalCourseHrs=0, approxTotalLearningHours=1.5),
        5_400_000,
    ),
    Case("coursera", S, "completedAt", "of a completed row", "lastActivityAt", M3, Z3),
    Case("coursera", S, "enrolledAt", "epoch milliseconds", "firstActivityAt", M1, Z1),
    Case(
        "coursera",
        S,
        "lastActivityAt",
        "of an open row",
        "lastActivityAt",
        many(isCompleted=False, enrolledAt=M1, lastActivityAt=M2),
        Z2,
    ),
    # Edflex, courses
    Case("edflex", C, "id", "as it is", "externalId", "4b0a", "4b0a"),
    Case("edflex", C, A + "title", "trimmed; required", "name", " A title ", "A title"),
    Case(
        "edflex",
        C,
        A + "description",
        "sanitised; then a blank line and the syllabus",
        "description",
        "<p>Good</p><script>x</script>",
        "<p>Good</p>\n\n<ul><li>Module 1</li></ul><p>Authors: Jeanne Martin</p>",
    ),
    Case(
        "edflex",
        C,
        A + "image",
        "bigUrl, else mediumUrl, else smallUrl",
        "imageUrl",
        {"bigUrl": "", "mediumUrl": "https://i.example.com/m.jpg", "smallUrl": "https://x.example"},
        "https://i.example.com/m.jpg",
    ),
    Case(
        "edflex",
        C,
        A + "url",
        "https; required",
        "launchUrl",
        "https://p.example.com/1",
        "https://p.example.com/1",
    ),
    Case(
        "edflex", C, A + "url", "https; required", "(whole course)", "http://p.example", "Invalid"
    ),
    Case(
        "edflex",
        C,
        A + "status",
        "coming soon, open all year, opened: any case and separator; absent counts as opened",
        "externalId",
        "Open_All-Year",
        "4b0a5d0e-7",
    ),
    Case(
        "edflex",
        C,
        A + "status",
        "any other: archived if sent before, ignored otherwise",
        "(whole course)",
        "closed",
        "Withdrawn",
    ),
    Case(
        "edflex",
        C,
        A + "categories",
        "names; a localized one's default",
        "subjects",
        [{"name": {"default": "Data", "fr": "Données"}}, {"name": None}, {"name": "Data"}],
        ["Data"],
    ),
    Case(
        "edflex",
        C,
        A + "categories",
        "as tags, when sync_tags is on",
        "tags",
        [{"name": "Data"}],
        ["Data"],
    ),
    Case(
        "edflex",
        C,
        A + "authors",
        "the description's last paragraph; else author",
        "description",
        many(
            attributes__authors=[],
            attributes__author={"fullName": "A & B"},
            attributes__description=None,
            attributes__syllabus=None,
        ),
        "<p>Authors: A &amp; B</p>",
    ),
    Case("edflex", C, A + "difficulty", "1, 2, 3 or words", "difficultyLevel", 1, "beginner"),
    Case("edflex", C, A + "difficulty", "1, 2, 3 or words", "difficultyLevel", "3", "advanced"),
    Case(
        "edflex",
        C,
        A + "difficulty",
        "1, 2, 3 or words",
        "difficultyLevel",
        "introductive",
        "beginner",
    ),
    Case(
        "edflex",
        C,
        A + "creator",
        "creator's and platform's names",
        "sources",
        {"name": "Lille"},
        [{"name": "Lille"}, {"name": "Example MOOC"}],
    ),
    Case(
        "edflex",
        C,
        A + "type",
        "article, mooc, podcast, video",
        "contentType",
        "Podcast",
        "podcast",
    ),
    Case(
        "edflex",
        C,
        A + "type",
        "others are not synchronized",
        "(whole course)",
        "role-play",
        "Withdrawn",
    ),
    Case("edflex", C, A + "duration", "ISO 8601 to minutes", "duration", "P19DT4H", 27_600),
    Case("edflex", C, A + "language", "else the integration's default", "defaultLang", None, "en"),
    # Edflex, statistics (the endpoint is assumed: reference, section 5)
    Case("edflex", S, A + "contentId", "required", "courseIdentifier.value", "4b0a", "4b0a"),
    Case(
        "edflex",
        S,
        A + "user.email",
        "required",
        "userIdentifier.value",
        "ADA@example.com",
        LEARNER,
    ),
    Case("edflex", S, A + "completedAt", "of a completed row", "lastActivityAt", T3, Z3),
    Case("edflex", S, A + "firstActivityAt", "UTC", "firstActivityAt", T1, Z1),
    Case(
        "edflex",
        S,
        A + "lastActivityAt",
        "of an open row",
        "lastActivityAt",
        many(
            attributes__status="in progress",
            attributes__firstActivityAt=T1,
            attributes__lastActivityAt=T2,
        ),
        Z2,
    ),
    Case("edflex", S, A + "status", "completed", "progress", "completed", 100),
    Case("edflex", S, A + "status", "in progress", "progress", "In_Progress", 50),
    Case("edflex", S, A + "status", "otherwise", "progress", "not started", 0),
    Case(
        "edflex",
        S,
        A + "timeSpent",
        "the smaller of it and last minus first",
        "timeSpent",
        many(
            attributes__timeSpent=10**12,
            attributes__firstActivityAt=T1,
            attributes__lastActivityAt=T2,
        ),
        M2 - M1,
    ),
    # Go1, courses
    Case("go1", C, "id", "as text", "externalId", 36439791, "36439791"),
    Case("go1", C, "title", "trimmed; required", "name", " A title ", "A title"),
    Case(
        "go1",
        C,
        "description",
        "sanitised",
        "description",
        many(description="<p onclick='x'>Good</p>", authors=[]),
        "<p>Good</p>",
    ),
    Case("go1", C, "image", "https only", "imageUrl", " ", NOTHING),
    Case("go1", C, "delivery.duration", "minutes, half up", "duration", 12.5, 13),
    Case("go1", C, "delivery.duration", "0 is unknown", "duration", 0, NOTHING),
    Case(
        "go1",
        C,
        "authors",
        "names, as the description's last paragraph",
        "description",
        [{"name": "Ann Lee"}, {"name": ""}],
        "<p>Words.</p><p>Authors: Ann Lee</p>",
    ),
    Case("go1", C, "language", "API v2's list", "defaultLang", "en-US", "en"),
    Case(
        "go1",
        C,
        "id",
        "portal + /play/ + id",
        "launchUrl",
        36439791,
        "https://portal.example.com/play/36439791",
    ),
    Case("go1", C, "updated_time", "kept in the ledger", "modifiedAt", T1, M1),
    Case("go1", C, "attributes.topics", "values", "subjects", [{"value": "IT"}, {}], ["IT"]),
    Case(
        "go1",
        C,
        "published",
        "false: archived if sent before",
        "(whole course)",
        False,
        "Withdrawn",
    ),
    Case("go1", C, "provider.name", "else Go1", "sources", None, [{"name": "Go1"}]),
    *(
        Case("go1", C, "type", f"{kind} → {target}", "contentType", kind, target)
        for kind, target in (
            ("audio", "audiobook"),
            ("course", "course"),
            ("document", "article"),
            ("interactive", "course"),
            ("link", "course"),
            ("text", "article"),
            ("video", "video"),
        )
    ),
    Case("go1", C, "type", "others are not synchronized", "(whole course)", "award", "Withdrawn"),
    # Go1, statistics
    Case("go1", S, "lo_id", "required", "courseIdentifier.value", 36439791, "36439791"),
    Case("go1", S, "created_time", "UTC", "firstActivityAt", T1, Z1),
    Case("go1", S, "updated_time", "UTC", "lastActivityAt", T3, Z3),
    Case(
        "go1", S, "updated_time", "the completion instant of a completed row", "progress", T3, 100
    ),
    Case("go1", S, "status", "in-progress", "progress", "in-progress", 50),
    Case("go1", S, "status", "others are ignored", "(whole row)", "expired", "IgnoredRow"),
    Case("go1", S, "pass", "true (or 1): success", "result", 1, "success"),
    Case("go1", S, "pass", "false (or 0) and completed: failed", "result", False, "failed"),
    Case("go1", S, "pass", "absent: none", "result", None, NOTHING),
    Case("go1", S, "(no time spent)", "0, hence API v2's least: 1 ms", "timeSpent", 0, 1),
    # OpenClassrooms, courses
    Case("openclassrooms", C, "id", "as text", "externalId", 4929676, "4929676"),
    Case("openclassrooms", C, "title", "trimmed; required", "name", "A title ", "A title"),
    Case(
        "openclassrooms",
        C,
        "shortDescription",
        "where there is no description",
        "description",
        many(shortDescription="Short", authors=[]),
        "Short",
    ),
    Case(
        "openclassrooms",
        C,
        "status",
        "active, coming-soon, pre-registration",
        "externalId",
        "Coming-Soon",
        "4900007",
    ),
    Case(
        "openclassrooms",
        C,
        "status",
        "any other: archived if sent before, ignored otherwise",
        "(whole course)",
        "archived",
        "Withdrawn",
    ),
    Case(
        "openclassrooms",
        C,
        "status",
        "missing changes nothing",
        "(whole course)",
        None,
        "Untouched",
    ),
    Case(
        "openclassrooms",
        C,
        "illustration",
        "as it is",
        "imageUrl",
        "https://s.example.com/a.jpg%3Fr%3Dpad",
        "https://s.example.com/a.jpg%3Fr%3Dpad",
    ),
    Case(
        "openclassrooms",
        C,
        "OpenClassroomsUrl",
        "required",
        "launchUrl",
        "https://o.example.com/1",
        "https://o.example.com/1",
    ),
    Case("openclassrooms", C, "duration", "ISO 8601 to minutes", "duration", "PT4H", 240),
    Case("openclassrooms", C, "language", "API v2's list", "defaultLang", "fr", "fr"),
    Case(
        "openclassrooms",
        C,
        "difficulty",
        "easy, medium, hard",
        "difficultyLevel",
        "Medium",
        "intermediate",
    ),
    Case("openclassrooms", C, "category.name", "as subject", "subjects", "Data", ["Data"]),
    Case(
        "openclassrooms",
        C,
        "creatorPartners",
        "names and logos; else OpenClassrooms",
        "sources",
        [],
        [{"name": "OpenClassrooms"}],
    ),
    Case(
        "openclassrooms",
        C,
        "authors",
        "displayName, as the description's last paragraph",
        "description",
        [{"displayName": "JohnDoe"}],
        "Plain words.\n\nAuthors: JohnDoe",
    ),
    Case(
        "openclassrooms",
        C,
        "updatedAt",
        "offset without colon",
        "modifiedAt",
        "2026-01-10T10:00:00+0200",
        M1,
    ),
    # OpenClassrooms, statistics
    Case("openclassrooms", S, "id", "required", "courseIdentifier.value", 4929676, "4929676"),
    Case(
        "openclassrooms",
        S,
        "email",
        "of the organization's user",
        "userIdentifier.value",
        "ADA@example.com",
        LEARNER,
    ),
    Case(
        "openclassrooms",
        S,
        "userCourseCompletionRate",
        "decimal, times 100",
        "progress",
        "0.29",
        29,
    ),
    Case(
        "openclassrooms",
        S,
        "userCourseCompletionRate",
        "clamped; 1 is completed",
        "progress",
        1.3,
        100,
    ),
    Case(
        "openclassrooms",
        S,
        "userIsCertified",
        "completed",
        "progress",
        many(userIsCertified=True, userCourseCompletionRate=0.85),
        100,
    ),
    Case(
        "openclassrooms",
        S,
        "duration",
        "theoretical time times the rate",
        "timeSpent",
        many(duration="PT4H", userCourseCompletionRate=0.5),
        7_200_000,
    ),
    Case(
        "openclassrooms",
        S,
        "courseFollowedAt",
        "both date formats",
        "firstActivityAt",
        "2026-01-10 08:00:00+00:00",
        Z1,
    ),
    Case(
        "openclassrooms",
        S,
        "lastCourseActivityDate",
        "both date formats",
        "lastActivityAt",
        "2026-01-14T11:00:00+0100",
        Z3,
    ),
)
