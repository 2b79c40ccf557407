"""The brake: nothing is archived by mistake.

An incomplete or an empty crawl archives nothing. A complete one may archive a tenth of what is
active, between 5 and 200 courses; more than that needs an operator's consent, which is a ceiling on
the whole number. Where a crawl brought courses twice, it may have passed over others, or the
provider lists them twice every day: what it missed is archived once a later crawl misses it, too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

PERCENT = 10
AT_LEAST = 5
AT_MOST = 200

# Between the two crawls that must miss a course where they brought others twice.
STRIKES_APART_MILLISECONDS = 3_600_000

# All of the courses, those that surely left, or none.
Admitted = Literal["all", "certain", "none"]


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
        missed_before: Those that did not come, nor did they in an earlier run.
    """

    seen: Collection[str]
    withdrawn: Collection[str]
    doubts: Sequence[str]
    duplicates: int
    missed_before: Collection[str] = ()

    def certain(self, external_id: str) -> bool:
        """Tell whether a course left, whatever else the crawl may have passed over."""
        return (
            not self.duplicates
            or external_id in self.withdrawn
            or external_id in self.missed_before
        )


@dataclass(frozen=True, slots=True)
class ArchiveVerdict:
    """Which of the courses may be archived now.

    Attributes:
        admitted: Which of them.
        reason: Why not all of them.
        message: The same, as a sentence that says what to do.
        withheld: Those that are not archived and otherwise would be.
    """

    admitted: Admitted
    reason: str = ""
    message: str = ""
    withheld: Sequence[str] = ()


def judge_archives(
    due: Sequence[str], *, crawl: Findings, active: int, consent: int, integration: str
) -> ArchiveVerdict:
    """Decide on what a crawl found withdrawn or missing.

    Args:
        due: The active courses that would be archived.
        crawl: What was read.
        active: How many courses were active before the crawl.
        consent: How many archives an operator consented to.
        integration: As the command line names it, such as `go1/default`.
    """
    if crawl.doubts:
        return ArchiveVerdict(
            "none",
            "incomplete_crawl",
            f"nothing is archived by an incomplete crawl: {'; '.join(crawl.doubts)}",
            # What an incomplete crawl did not see may still be there: it is not counted.
            withheld=[external_id for external_id in due if external_id in crawl.withdrawn],
        )
    if not due:
        return ArchiveVerdict("all")
    if not crawl.seen:
        return ArchiveVerdict(
            "none",
            "empty_catalog",
            f"the provider returned no course at all, so its {len(due)} active ones are not "
            "archived: check its account, or deactivate the integration",
            withheld=due,
        )
    doubtful = [external_id for external_id in due if not crawl.certain(external_id)]
    certain = len(due) - len(doubtful)
    if certain > limit(active) and certain > consent:
        return ArchiveVerdict(
            "none",
            "brake",
            f"{certain} of {active} active courses would be archived, more than the "
            f"{limit(active)} that need no consent: content-sync report {integration} --kind "
            "catalog --problems says which they are; if that is right, content-sync sync "
            f"{integration} --kind catalog --allow-archives {certain}, or an event with "
            f'"allow_archives": {certain}',
            withheld=due,
        )
    if doubtful:
        return ArchiveVerdict(
            "certain",
            "unclean_crawl",
            f"{crawl.duplicates} courses came twice, so others may have been passed over: the "
            f"{len(doubtful)} that did not come are archived by the next run that begins an hour "
            "later or more, if they do not come then either",
            withheld=doubtful,
        )
    return ArchiveVerdict("all")
