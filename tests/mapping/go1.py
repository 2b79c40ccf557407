"""Every row of the tables in 360Learning's guide to this provider."""

from tests.mapping.case import M1, NOTHING, T1, T3, Z1, Z3, C, Case, S, many

CASES = (
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
    Case("go1", C, "type", "absent: left as it is", "(whole course)", None, "Untouched"),
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
    Case(
        "go1",
        S,
        "updated_time",
        "UTC",
        "lastActivityAt",
        many(updated_time=T3, created_time=T1),
        Z3,
    ),
    Case(
        "go1", S, "updated_time", "the completion instant of a completed row", "progress", T3, 100
    ),
    Case("go1", S, "status", "in-progress", "progress", "in-progress", 50),
    Case("go1", S, "status", "others are ignored", "(whole row)", "expired", "IgnoredRow"),
    Case("go1", S, "pass", "true (or 1): success", "result", 1, "success"),
    Case("go1", S, "pass", "false (or 0) and completed: failed", "result", False, "failed"),
    Case("go1", S, "pass", "absent: none", "result", None, NOTHING),
    Case("go1", S, "(no time spent)", "0, hence API v2's least: 1 ms", "timeSpent", 0, 1),
)
