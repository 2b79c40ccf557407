"""Every row of the tables in 360Learning's guide to this provider."""

from tests.mapping.case import LEARNER, M1, M2, M3, NOTHING, Z1, Z2, Z3, C, Case, S, many

DEFINITION = "extraMetadata.definition"

CASES = (
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
)
