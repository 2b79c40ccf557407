"""Small texts: instants, ages and numbers as people read them."""

from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3600, 86_400


def local(instant: str | None) -> str:
    """Return an instant of an answer in this machine's zone; a dash for none."""
    if not instant:
        return "-"
    return _read(instant).astimezone().strftime("%Y-%m-%d %H:%M")


def local_with_zone(instant: str | None) -> str:
    """Return when something happens next, as the schedule tells it: weekday, time and zone."""
    if not instant:
        return "-"
    return _read(instant).strftime("%a %H:%M %z")[:-2]


def zone() -> str:
    """Return what this machine's zone is called, such as `CET`."""
    return datetime.now(UTC).astimezone().tzname() or "UTC"


def age(instant: str | None, now: datetime | None = None) -> str:
    """Return how long ago an instant was, in its largest unit."""
    if not instant:
        return "never"
    seconds = ((now or datetime.now(UTC)) - _read(instant)).total_seconds()
    for unit, length in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now"


def lasted(started: str, finished: str) -> str:
    """Return how long a run took."""
    seconds = (_read(finished) - _read(started)).total_seconds()
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{int(seconds // MINUTE)} min {int(seconds % MINUTE)} s"


def number(count: int) -> str:
    """Return a number with its thousands apart."""
    return f"{count:,}"


def plural(count: int, thing: str) -> str:
    """Return a number of things."""
    return f"{number(count)} {thing}{'' if count == 1 else 's'}"


def _read(instant: str) -> datetime:
    moment = datetime.fromisoformat(instant)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
