"""The reasons that reports give, what each means, and what to do about it.

`make pages` puts them into docs/operations.md. A reason that stands here for none, such as a
provider's own status, comes with a message of its own.
"""

from typing import NamedTuple


class Reason(NamedTuple):
    """What a word in a report means, and what to do."""

    words: tuple[str, ...]
    means: str
    do: str


NOTHING = "nothing: the next run tries again"
AT_THE_PROVIDER = "mend it at the provider; what was sent before stays until then"

REASONS = (
    Reason(
        ("missing_external_id", "missing_title", "missing_launch_url", "invalid_launch_url"),
        "a course that lacks what 360Learning requires",
        AT_THE_PROVIDER,
    ),
    Reason(
        ("missing_status", "unknown_status", "missing_type"),
        "a course that does not say, in words that are known, whether it is offered",
        AT_THE_PROVIDER,
    ),
    Reason(
        ("unreadable", "long_external_id", "attempt_unreadable"),
        "a course or a statistic that no rule foresaw, or an id of more than 512 bytes; the "
        "others go through",
        "let an engineer look at what the provider sends",
    ),
    Reason(
        ("address_in_id",),
        "a course whose id holds an e-mail address: left out, so that nobody's is kept",
        "let the provider give it another id",
    ),
    Reason(
        ("retired", "removed", "unpublished", "unsupported_type"),
        "a course that the provider withdrew, or of a type that is not synchronized",
        "nothing: sent before, it is archived",
    ),
    Reason(
        ("nothing_usable",),
        "everything that was read is ignored or invalid, or all statistics are of unknown "
        "courses; the watermark waits",
        "look at the most frequent reason and its example, which the message names",
    ),
    Reason(
        ("learner_unreadable",),
        "the provider answers an error for this one learner; the others go through, and the "
        "watermark waits. Where most answer so, the run fails",
        "ask the provider, if it stays so",
    ),
    Reason(
        ("missing_course", "missing_learner_mail", "missing_date"),
        "a statistic without a course, an address or a usable date",
        "mend it at the provider",
    ),
    Reason(
        ("too_many_attempts",),
        "a learner's attempt on one course beyond the first 200",
        "look at what the provider sends of this learner",
    ),
    Reason(
        ("before_first_attempt",),
        "an attempt that was over before the first one that was sent",
        "nothing: 360Learning cannot record it any more",
    ),
    Reason(
        ("course_refused", "archive_refused", "restore_refused", "tags_refused"),
        "360Learning said no, and the message says why",
        "correct what the message names; it is tried again at each run",
    ),
    Reason(
        ("tag_refused", "tags_unreadable"),
        "a category that cannot become a tag, or a course whose tags could not be read; "
        "everything else goes on",
        "rename the category, if it should be a tag",
    ),
    Reason(
        ("course_undelivered", "archive_undelivered", "statistic_undelivered"),
        "no result came for it, or the list it would have been compared with could not be read",
        NOTHING,
    ),
    Reason(
        ("unknown_course",),
        "progress on a course that was never sent",
        "explain the course; its progress is read again once it was sent",
    ),
    Reason(
        ("parked",),
        "360Learning refused the statistic, or it waits for the attempt before it",
        "mostly the learner is unknown at 360Learning: add them there; it is tried again for "
        "90 days",
    ),
    Reason(
        ("unconfirmed",),
        "360Learning took it and does not show it; the next run looks again",
        "if it stays so, explain one of them, and compare the learner's attempts there",
    ),
    Reason(
        ("unverified",),
        "a scope is missing, so nothing was compared and nothing confirmed",
        "grant courseStats:read and users:read, then synchronize once in full",
    ),
    Reason(
        ("ambiguous_learners",),
        "several users of the platform have one address",
        "remove or change one of them",
    ),
    Reason(("learners_unread",), "the list of users could not be read whole", NOTHING),
    Reason(
        ("learners_gone",),
        "attempts of people who are no users any more, or share an address: not compared",
        "nothing",
    ),
    Reason(
        ("unknown_group",),
        "an id of extra_group_ids is not on the platform; the courses stay as they are",
        "correct extra_group_ids in the integration's secret",
    ),
    Reason(
        ("share_catalog", "share_library", "unshare_catalog", "unshare_library"),
        "a further group could not be served",
        "look at the group and the author's role in it",
    ),
    Reason(
        ("brake",),
        "more courses left the provider's catalogue than are archived without asking; none is",
        "look which they are; consent, or ask the provider what happened to them",
    ),
    Reason(
        ("empty_catalog",),
        "the provider returned no course at all, so none is archived",
        "check its account and contract",
    ),
    Reason(
        ("incomplete_crawl",),
        "the listing could not be read to its end: nothing is archived, and statistics read the "
        "same window again",
        NOTHING,
    ),
    Reason(
        ("unclean_crawl",),
        "courses came twice, so others may have been passed over",
        "nothing: what does not come in the next run either is archived then",
    ),
    Reason(
        ("begun_from_start",),
        "the place of an unfinished run was saved by another version of the program",
        "nothing: the run began from the start",
    ),
    Reason(
        ("failed",), "why the run failed", "correct what the message names; then synchronize again"
    ),
)
_OF_A_WORD = {word: reason for reason in REASONS for word in reason.words}
_STATUS = Reason(
    ("status",),
    "of a status that is not synchronized: withdrawn courses, and enrollments that are neither "
    "completed nor in progress",
    "nothing",
)
UNFORESEEN = Reason((), "left out by the provider's own rules", "nothing, unless there are many")


def reason_of(word: str) -> Reason:
    """Return what a word in a report means."""
    return _STATUS if word.startswith("status") else _OF_A_WORD.get(word, UNFORESEEN)
