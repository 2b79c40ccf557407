"""The rules of docs/design/mapping.md by which courses and rows are judged, in words."""

_WITHDRAWN = "never sent, it is ignored; sent before, it is archived"
_UNTOUCHED = "never sent, it is left out; sent before, it stays as it is"
_INVALID = "it is not sent; what was sent before stays"

RULES = {
    "offered": "the provider offers it, and title and launch URL are there: it is created, updated "
    "or restored",
    "not_listed": f"it is not in the provider's listing: {_WITHDRAWN} by a complete listing",
    "unasked": "the provider could not be asked now",
    "status": f"its status is none of those that are offered: {_WITHDRAWN}",
    "retired": f"a retired course is withdrawn: {_WITHDRAWN}",
    "removed": f"a removed course is withdrawn: {_WITHDRAWN}",
    "unpublished": f"an unpublished object is withdrawn: {_WITHDRAWN}",
    "unsupported_type": f"its type is none that is synchronized: {_WITHDRAWN}",
    "missing_type": f"a missing type changes nothing: {_UNTOUCHED}",
    "missing_status": f"a missing status changes nothing: {_UNTOUCHED}",
    "unknown_status": f"an unknown status changes nothing: {_UNTOUCHED}",
    "missing_title": f"a course needs a title: {_INVALID}",
    "missing_launch_url": f"a course needs a launch URL: {_INVALID}",
    "invalid_launch_url": f"a launch URL must be absolute https: {_INVALID}",
    "long_external_id": f"an external id has at most 512 bytes: {_INVALID}",
    "address_in_id": f"an id that holds an e-mail address is nobody's to keep: {_INVALID}",
    "unreadable": f"no rule foresees what it holds: {_INVALID}",
    "missing_course": "a statistic without a course is left out",
    "missing_learner_mail": "a statistic without a learner's address is left out",
    "missing_date": "a statistic without a usable date is left out; dates more than 48 hours ahead "
    "are not usable",
}


def rule_of(reason: str) -> str:
    """Return the rule behind a reason; of a status that is left out, that it is."""
    if reason.startswith("status_"):
        status = reason.removeprefix("status_")
        return f"enrollments of the status {status} are left out: completed and in-progress count"
    return RULES.get(reason, reason)
