"""The brake: nothing is archived by mistake (`mapping.md`, "Courses, all providers")."""

from content_sync.sync.crawl import Crawl
from content_sync.sync.run import Run

PERCENT = 10
AT_LEAST = 5
AT_MOST = 200


def limit(active: int) -> int:
    """How many courses may be archived without consent, given how many are active."""
    return min(max(active * PERCENT // 100, AT_LEAST), AT_MOST)


def objection_to_archives(run: Run, crawl: Crawl, withdrawn: int) -> tuple[str, str] | None:
    """Why nothing may be archived now, as a reason and a sentence; None when it may.

    Args:
        run: With the number of courses that were active before it, and the operator's consent.
        crawl: What was read.
        withdrawn: How many courses would be archived.
    """
    if crawl.incomplete:
        doubts = "; ".join(run.cursor["doubts"])
        return "incomplete_crawl", f"nothing is archived by an incomplete crawl: {doubts}"
    if not withdrawn:
        return None
    if not crawl.seen:
        return (
            "empty_catalog",
            f"the provider returned no course at all, so its {withdrawn} active ones are not "
            "archived: check its account, or deactivate the integration",
        )
    unseen = withdrawn - len(crawl.withdrawn)
    if crawl.duplicates and unseen > 0:
        return (
            "unclean_crawl",
            f"{crawl.duplicates} courses came twice, so others may have been passed over: "
            f"{withdrawn} are archived by a later, clean crawl",
        )
    active = run.cursor["active_before"]
    if withdrawn <= limit(active) or withdrawn <= run.request.allow_archives:
        return None
    return (
        "brake",
        f"{withdrawn} of {active} active courses would be archived, more than the {limit(active)} "
        "that need no consent: if that is right, invoke with "
        f'{{"integration": "{run.integration.integration}", "allow_archives": {withdrawn}}}',
    )
