"""The brake: nothing is archived by mistake (`mapping.md`, "Courses, all providers")."""

from dataclasses import dataclass

from content_sync.sync.crawl import Crawl
from content_sync.sync.run import Run

PERCENT = 10
AT_LEAST = 5
AT_MOST = 200


def limit(active: int) -> int:
    """How many courses may be archived without consent, given how many are active."""
    return min(max(active * PERCENT // 100, AT_LEAST), AT_MOST)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which of the withdrawn courses may be archived now.

    Attributes:
        admitted: `all`, `seen` (those that the provider itself calls withdrawn) or `none`.
        reason: Why not all of them.
        message: The same, as a sentence that says what to do.
    """

    admitted: str
    reason: str = ""
    message: str = ""


def judge_archives(run: Run, crawl: Crawl, withdrawn: list[str]) -> Verdict:
    """Decides on what a crawl found withdrawn or missing.

    Args:
        run: With the number of courses that were active before it, and the operator's consent.
        crawl: What was read.
        withdrawn: The active courses that would be archived.
    """
    number = len(withdrawn)
    if crawl.incomplete:
        doubts = "; ".join(run.cursor["doubts"])
        return Verdict(
            "none", "incomplete_crawl", f"nothing is archived by an incomplete crawl: {doubts}"
        )
    if not number:
        return Verdict("all")
    if not crawl.seen:
        return Verdict(
            "none",
            "empty_catalog",
            f"the provider returned no course at all, so its {number} active ones are not "
            "archived: check its account, or deactivate the integration",
        )
    active = run.cursor["active_before"]
    if number > limit(active) and number > run.request.allow_archives:
        return Verdict(
            "none",
            "brake",
            f"{number} of {active} active courses would be archived, more than the "
            f"{limit(active)} that need no consent: if that is right, invoke with "
            f'{{"integration": "{run.integration.integration}", "allow_archives": {number}}}',
        )
    unseen = sum(external_id not in crawl.withdrawn for external_id in withdrawn)
    if unseen and crawl.duplicates and not run.provider.repeats_courses:
        return Verdict(
            "seen",
            "unclean_crawl",
            f"{crawl.duplicates} courses came twice, so others may have been passed over: the "
            f"{unseen} that did not come are archived by a later, clean crawl",
        )
    return Verdict("all")
