"""What Coursera's data must lead to, worked out from 360Learning's guide alone."""

from collections.abc import Iterator

from sandbox.providers.base import Judged, Row, shown
from sandbox.providers.coursera.service import Coursera


def courses(service: Coursera, platform_url: str) -> Judged:
    """Judge each course by the table of 360Learning's guide."""
    for content in service.contents:
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
                "name": shown(content["name"]),
                "launchUrl": content["programs"][0]["contentUrl"],
                "contentType": content["contentType"].lower(),
                "duration": max(1, int(seconds / 60 + 0.5)) if seconds else None,
                "defaultLang": languages.get(content["languageCode"], content["languageCode"]),
                "difficultyLevel": level if level in ("beginner", "advanced") else None,
                "imageUrl": content["extraMetadata"]["definition"]["promoPhoto"],
            },
        )


def rows(service: Coursera) -> Iterator[Row | str]:
    """Judge each row: what it becomes, or the heading under which it is counted."""
    for report in service.reports:
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
