"""What must have arrived at 360Learning, worked out from the sandbox's own data.

Written from the sources' tables alone: it shares no code with the program that it judges.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.server import Sandbox

Key = tuple[str, str, int, int, int, int]
GO1_TYPES = {
    "audio": "audiobook",
    "course": "course",
    "document": "article",
    "interactive": "course",
    "link": "course",
    "text": "article",
    "video": "video",
}


@dataclass
class Expected:
    """What one provider's synchronization must have led to.

    Attributes:
        courses: By external id, the fields that must stand at 360Learning.
        catalog: The counts of a first catalogue run.
        attempts: (learner, course, progress, first activity, last activity, time spent), each as
            often as it must stand.
        stats: The counts of a first statistics run.
    """

    courses: dict[str, dict[str, Any]] = field(default_factory=dict)
    catalog: Counter[str] = field(default_factory=Counter)
    attempts: Counter[Key] = field(default_factory=Counter)
    stats: Counter[str] = field(default_factory=Counter)


def expect(sandbox: Sandbox, provider: str) -> Expected:
    """What a provider's first catalogue and statistics runs must lead to."""
    judge_courses, judge_rows = JUDGES[provider]
    expected = Expected()
    for external_id, heading, fields in judge_courses(sandbox):
        expected.catalog.update(("read", heading))
        if heading == "created":
            expected.courses[external_id] = fields
    known = {user["mail"] for user in sandbox.learning360.users.values()}
    merged: dict[tuple[str, str], list[Row]] = {}
    for row in judge_rows(sandbox):
        if isinstance(row, str):
            expected.stats.update(("read", row))
        else:
            merged.setdefault((row.mail, row.course), []).append(row)
    for (mail, course), rows in merged.items():
        for number, row in enumerate(_attempts(rows)):
            if course not in expected.courses:
                expected.stats.update(("read", "unknown_course"))
                continue
            expected.stats.update(("read", "sent" if mail in known else "parked"))
            if mail in known:
                last = row.completed if row.completed is not None else row.last
                time_spent = row.time if number == 0 else 1
                key = (mail, course, row.progress, row.first, last, time_spent)
                expected.attempts[key] += 1
    return expected


@dataclass
class Row:
    """A learner's row, in the sources' terms; instants and time spent in milliseconds."""

    mail: str
    course: str
    progress: int
    first: int
    last: int
    completed: int | None = None
    time: int = 1


def _attempts(rows: list[Row]) -> list[Row]:
    """Rows are one attempt, unless one begins after another was completed."""
    attempts: list[Row] = []
    for row in sorted(rows, key=lambda row: (row.first, row.completed or 10**15)):
        if attempts:
            before = attempts[-1]
            if before.completed is None or row.first <= before.completed:
                before.progress = max(before.progress, row.progress)
                before.last = max(before.last, row.last)
                before.time = max(before.time, row.time)
                ends = [end for end in (before.completed, row.completed) if end is not None]
                before.completed = min(ends) if ends else None
                continue
        attempts.append(row)
    return attempts


Judged = Iterator[tuple[str, str, dict[str, Any]]]


def _go1_courses(sandbox: Sandbox) -> Judged:
    """Seed 003."""
    for hit in sandbox.go1.learning_objects:
        if hit.get("published") is False or hit["type"] not in GO1_TYPES:
            yield str(hit["id"]), "ignored", {}
        elif not (hit["title"] or "").strip():
            yield str(hit["id"]), "invalid", {}
        else:
            minutes = (hit.get("delivery") or {}).get("duration")
            yield (
                str(hit["id"]),
                "created",
                {
                    "name": hit["title"].strip(),
                    "launchUrl": f"https://{sandbox.go1.portal}/play/{hit['id']}",
                    "contentType": GO1_TYPES[hit["type"]],
                    "duration": int(minutes + 0.5) if minutes else None,
                    "imageUrl": hit["image"] if str(hit["image"]).startswith("https://") else None,
                },
            )


def _go1_rows(sandbox: Sandbox) -> Iterator[Row | str]:
    for row in sandbox.go1.enrollments:
        mail = (sandbox.go1.users[row["user_id"]]["email"] or "").lower()
        if row["status"] not in ("completed", "in-progress"):
            yield "ignored"
        elif not mail:
            yield "invalid"
        else:
            first, last = _ms(row["created_time"]), _ms(row["updated_time"])
            done = row["status"] == "completed"
            yield Row(
                mail, str(row["lo_id"]), 100 if done else 50, first, last, last if done else None
            )


def _pluralsight_courses(sandbox: Sandbox) -> Judged:
    """Seed 000."""
    for node in sandbox.pluralsight.courses:
        status = (node["courseStatus"] or {}).get("name", "").lower()
        if status in ("retired", "somethingnew"):
            yield node["slug"], "ignored", {}
        elif not status or not (node["title"] or "").strip():
            yield node["slug"], "invalid", {}
        else:
            seconds = node["courseSeconds"]
            escaped = node["slug"].replace("#", "%23").replace("/", "%2F")
            yield (
                node["slug"],
                "created",
                {
                    "name": node["title"].strip(),
                    "launchUrl": f"https://app.pluralsight.com/player?course={escaped}",
                    "defaultLang": "en",
                    "description": node["description"] or None,
                    "duration": max(1, int(seconds / 60 + 0.5)) if seconds else None,
                    "imageUrl": sandbox.learning360.base_url
                    + "/static/images/courses/pluralsight.png",
                },
            )


def _pluralsight_rows(sandbox: Sandbox) -> Iterator[Row | str]:
    seconds: dict[tuple[str, str], float] = {}
    days: dict[tuple[str, str], int] = {}
    for usage in sandbox.pluralsight.usage:
        key = (usage["user"]["email"].lower(), usage["course"]["slug"])
        seconds[key] = round(seconds.get(key, 0) + usage["clipViewSeconds"], 2)
        days[key] = max(days.get(key, 0), _ms(usage["rollupDate"]))
    for node in sandbox.pluralsight.progress:
        if node["user"] is None:
            yield "invalid"
            continue
        mail, slug = node["user"]["email"].lower(), node["course"]["slug"]
        percent = node["percentComplete"]
        done = node["completedOn"] is not None or percent == 100
        last = days.get((mail, slug), _ms(node["lastViewedClipOn"]))
        completed = _ms(node["completedOn"]) if done else None
        first = min(_ms(node["firstViewedClipOn"]), completed or last)
        watched = seconds.get((mail, slug), node["totalWatchedSeconds"])
        progress = 100 if done else 50 if percent is None else int(percent)
        time = max(1, round(watched * 1000))
        yield Row(mail, slug, progress, first, max(last, first), completed, time)


def _coursera_courses(sandbox: Sandbox) -> Judged:
    """Seed 001, with the table as the reference rebuilt it."""
    for content in sandbox.coursera.contents:
        if not content["programs"]:
            yield content["contentId"], "invalid", {}
            continue
        seconds = content["extraMetadata"]["definition"].get("estimatedLearningTime")
        languages = {"zh-CN": "zh", "pt-BR": "pt_BR", None: "en"}
        level = (content["difficultyLevel"] or "").lower()
        yield (
            content["contentId"],
            "created",
            {
                "name": content["name"].strip(),
                "launchUrl": content["programs"][0]["contentUrl"],
                "contentType": content["contentType"].lower(),
                "duration": max(1, int(seconds / 60 + 0.5)) if seconds else None,
                "defaultLang": languages.get(content["languageCode"], content["languageCode"]),
                "difficultyLevel": level if level in ("beginner", "advanced") else None,
                "imageUrl": content["extraMetadata"]["definition"]["promoPhoto"],
            },
        )


def _coursera_rows(sandbox: Sandbox) -> Iterator[Row | str]:
    for report in sandbox.coursera.reports:
        mail = report.get("email") or report["externalId"]
        first = report["enrolledAt"]
        last = report["lastActivityAt"] or first
        done = report["isCompleted"]
        hours = report["approxTotalCourseHrs"] or report["approxTotalLearningHours"] or 0
        yield Row(
            mail,
            report["contentId"],
            100 if done else min(99, int(report["overallProgress"])),
            first,
            last,
            report["completedAt"] if done else None,
            max(1, round(hours * 3_600_000)),
        )


def _edflex_courses(sandbox: Sandbox) -> Judged:
    """Seed 002."""
    minutes = {"PT1H30M": 90, "P19DT4H": 27_600, "PT20S": 1}
    levels = {1: "beginner", "introductive": "beginner", "2": "intermediate"}
    levels["advanced"] = "advanced"
    for resource in sandbox.edflex.resources:
        attributes = resource["attributes"]
        if attributes["status"] == "closed" or attributes["type"] == "role-play":
            yield resource["id"], "ignored", {}
        elif attributes["url"] is None:
            yield resource["id"], "invalid", {}
        else:
            image = attributes["image"] or {}
            yield (
                resource["id"],
                "created",
                {
                    "name": attributes["title"].strip(),
                    "launchUrl": attributes["url"],
                    "contentType": attributes["type"],
                    "duration": minutes.get(attributes["duration"]),
                    "difficultyLevel": levels.get(attributes["difficulty"]),
                    "subjects": [attributes["categories"][0]["name"]["default"], "Soft skills"],
                    "sources": [{"name": "Université d’Exemple"}, {"name": "Example MOOC"}],
                    "imageUrl": image.get("bigUrl") or image.get("mediumUrl"),
                },
            )


def _edflex_rows(sandbox: Sandbox) -> Iterator[Row | str]:
    for activity in sandbox.edflex.activities:
        row = activity["attributes"]
        if not row["user"]["email"].strip():
            yield "invalid"
            continue
        first, last = _ms(row["firstActivityAt"]), _ms(row["lastActivityAt"])
        done = row["status"] == "completed"
        between = last - first
        yield Row(
            row["user"]["email"],
            row["contentId"],
            100 if done else 50 if row["status"].replace("_", " ") == "in progress" else 0,
            first,
            last,
            last if done else None,
            between if row["timeSpent"] is None else min(row["timeSpent"], between),
        )


def _openclassrooms_courses(sandbox: Sandbox) -> Judged:
    """Seed 004."""
    minutes = {"PT4H": 240, "PT800H": 48_000, "P12M": 100_000}
    levels = {"Easy": "beginner", "Medium": "intermediate", "Hard": "advanced"}
    for course in sandbox.openclassrooms.courses:
        status = (course["status"] or "").lower()
        if status not in ("active", "coming-soon", "pre-registration"):
            yield str(course["id"]), "ignored", {}
        else:
            yield (
                str(course["id"]),
                "created",
                {
                    "name": course["title"].strip(),
                    "launchUrl": course["OpenClassroomsUrl"],
                    "duration": minutes.get(course["duration"]),
                    "difficultyLevel": levels.get(course["difficulty"]),
                    "imageUrl": course["illustration"],
                    "subjects": [course["category"]["name"]],
                },
            )


def _openclassrooms_rows(sandbox: Sandbox) -> Iterator[Row | str]:
    hours = {"PT4H": 4, "PT800H": 800, "P12M": 360 * 24}
    for user in sandbox.openclassrooms.users:
        for course in sandbox.openclassrooms.followed.get(user["id"], []):
            rate = min(1.0, float(course["userCourseCompletionRate"] or 0))
            done = rate == 1 or course["userIsCertified"]
            last = _ms(course["lastCourseActivityDate"])
            time = round(hours.get(course["duration"], 0) * 3_600_000 * round(rate * 100) / 100)
            yield Row(
                user["email"],
                str(course["id"]),
                100 if done else round(rate * 100),
                _ms(course["courseFollowedAt"]),
                last,
                last if done else None,
                max(1, time),
            )


JUDGES: dict[str, tuple[Callable[[Sandbox], Judged], Callable[[Sandbox], Iterator[Row | str]]]] = {
    "pluralsight": (_pluralsight_courses, _pluralsight_rows),
    "coursera": (_coursera_courses, _coursera_rows),
    "edflex": (_edflex_courses, _edflex_rows),
    "go1": (_go1_courses, _go1_rows),
    "openclassrooms": (_openclassrooms_courses, _openclassrooms_rows),
}


def faults(sandbox: Sandbox, expected: Expected, platform_name: str) -> list[str]:
    """How what stands at 360Learning differs from what must stand there."""
    platform = sandbox.learning360
    platform.advance()
    found: list[str] = []
    ids = {
        integration["_id"]
        for integration in platform.integrations.values()
        if integration["externalPlatform"] == platform_name
    }
    arrived = {
        course["item"]["externalId"]: course
        for course in platform.courses.values()
        if course["integrationId"] in ids
    }
    for external_id in expected.courses.keys() ^ arrived.keys():
        side = "missing" if external_id in expected.courses else "not expected"
        found.append(f"course {external_id} is {side}")
    for external_id in expected.courses.keys() & arrived.keys():
        course = arrived[external_id]
        if course["status"] != "published":
            found.append(f"course {external_id} is {course['status']}")
        for name, value in expected.courses[external_id].items():
            if course["item"].get(name) != value:
                found.append(f"course {external_id}: {name} is {course['item'].get(name)!r}")
    mails = {user["_id"]: user["mail"] for user in platform.users.values()}
    names = {course["_id"]: external_id for external_id, course in arrived.items()}
    attempts: Counter[Key] = Counter()
    for (course_id, user_id), rows in platform.attempts.items():
        for row in rows:
            if course_id in names:
                key = (
                    row.progress,
                    row.firstActivityAt or 0,
                    row.lastActivityAt or 0,
                    row.timeSpent,
                )
                attempts[(mails[user_id], names[course_id], *key)] += 1
    for attempt, number in (
        (expected.attempts - attempts) + (attempts - expected.attempts)
    ).items():
        side = "missing" if attempt in expected.attempts else "not expected"
        found.append(f"{number} attempt on course {attempt[1]} at {attempt[2]} % is {side}")
    return found


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
