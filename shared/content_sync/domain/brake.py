"""The brake: nothing is archived by mistake.

An incomplete or an empty crawl archives nothing. A complete one may archive a tenth of what is
active, between 5 and 200 courses; more than that needs an operator's consent, which is a ceiling on
the whole number.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

PERCENT = 10
AT_LEAST = 5
AT_MOST = 200

# All of the courses, those that the provider itself calls withdrawn, or none.
Admitted = Literal["all", "seen", "none"]


def limit(active: int) -> int:
    """Return how many courses may be archived without consent, given how many are active."""
    return min(max(active * PERCENT // 100, AT_LEAST), AT_MOST)


@dataclass(frozen=True, slots=True)
class Findings:
    """What one crawl of a catalogue brought.

    Attributes:
        seen: The external ids that came.
        withdrawn: Those among them that the provider says it withdrew.
        doubts: Why it may lack something; empty for a complete crawl.
        duplicates: How many courses came more than once and may hide others that did not come.
    """

    seen: Collection[str]
    withdrawn: Collection[str]
    doubts: Sequence[str]
    duplicates: int


@dataclass(frozen=True, slots=True)
class ArchiveVerdict:
    """Which of the courses may be archived now.

    Attributes:
        admitted: Which of them.
        reason: Why not all of them.
        message: The same, as a sentence that says what to do.
        withheld: How many are not archived that otherwise would be.
    """

    admitted: Admitted
    reason: str = ""
    message: str = ""
    withheld: int = 0


def judge_archives(
    due: Sequence[str], *, crawl: Findings, active: int, consent: int, integration: str
) -> ArchiveVerdict:
    """Decide on what a crawl found withdrawn or missing.

    Args:
        due: The active courses that would be archived.
        crawl: What was read.
        active: How many courses were active before the crawl.
        consent: How many archives an operator consented to.
        integration: The integration's name, for the event that consents.
    """
    named = sum(external_id in crawl.withdrawn for external_id in due)
    if crawl.doubts:
        return ArchiveVerdict(
            "none",
            "incomplete_crawl",
            f"nothing is archived by an incomplete crawl: {'; '.join(crawl.doubts)}",
            # What an incomplete crawl did not see may still be there: it is not counted.
            withheld=named,
        )
    if not due:
        return ArchiveVerdict("all")
    if not crawl.seen:
        return ArchiveVerdict(
            "none",
            "empty_catalog",
            f"the provider returned no course at all, so its {len(due)} active ones are not "
            "archived: check its account, or deactivate the integration",
            withheld=len(due),
        )
    if len(due) > limit(active) and len(due) > consent:
        return ArchiveVerdict(
            "none",
            "brake",
            f"{len(due)} of {active} active courses would be archived, more than the "
            f"{limit(active)} that need no consent: if that is right, invoke with "
            f'{{"integration": "{integration}", "allow_archives": {len(due)}}}',
            withheld=len(due),
        )
    unseen = len(due) - named
    if unseen and crawl.duplicates:
        return ArchiveVerdict(
            "seen",
            "unclean_crawl",
            f"{crawl.duplicates} courses came twice, so others may have been passed over: the "
            f"{unseen} that did not come are archived by a later, clean crawl",
            withheld=unseen,
        )
    return ArchiveVerdict("all")
