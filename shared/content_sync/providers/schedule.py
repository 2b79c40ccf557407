"""When the schedules fire: `interfaces.md`, "Handlers". The template says the same, and is checked.

Local times with their zone. The zones are the template's parameters; the sources write CET/CEST for
Go1, and CET or UTC+1 for the others.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DEFAULT_ZONES = {"PARIS_ZONE": "Europe/Paris", "FIXED_ZONE": "Etc/GMT-1"}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function's daily firings.

    Attributes:
        times: Local times of day.
        zone: The environment variable that holds the zone's name.
    """

    times: tuple[time, ...]
    zone: str

    @property
    def zone_name(self) -> str:
        """The zone, as the template was deployed with."""
        return os.environ.get(self.zone) or DEFAULT_ZONES[self.zone]

    @property
    def cron(self) -> str:
        """The EventBridge Scheduler expression."""
        minutes = {moment.minute for moment in self.times}
        assert len(minutes) == 1, "one cron expression has one minute"
        hours = ",".join(str(moment.hour) for moment in self.times)
        return f"cron({minutes.pop()} {hours} * * ? *)"

    def next_firing(self, after: datetime) -> datetime:
        """The next firing as local time; a time that a clock change skips does not fire.

        Args:
            after: An aware instant.
        """
        zone = ZoneInfo(self.zone_name)
        day = after.astimezone(zone).date()
        for ahead in range(3):
            for moment in self.times:
                local = datetime.combine(day + timedelta(days=ahead), moment, zone)
                exists = local.astimezone(UTC).astimezone(zone).time() == moment
                if exists and local.astimezone(UTC) > after.astimezone(UTC):
                    return local
        raise AssertionError("unreachable: a day has every time but for one hour in spring")


def _daily(zone: str, *times: str) -> Schedule:
    return Schedule(tuple(time.fromisoformat(text) for text in times), zone)


SCHEDULES = {
    "go1": {
        "catalog": _daily("PARIS_ZONE", "07:40"),
        "stats": _daily("PARIS_ZONE", "08:00", "13:00", "20:00"),
    },
    "edflex": {"catalog": _daily("FIXED_ZONE", "08:00"), "stats": _daily("FIXED_ZONE", "08:20")},
    "pluralsight": {
        "catalog": _daily("FIXED_ZONE", "08:15"),
        "stats": _daily("FIXED_ZONE", "08:30"),
    },
    "coursera": {"catalog": _daily("FIXED_ZONE", "08:45"), "stats": _daily("FIXED_ZONE", "09:00")},
    "openclassrooms": {
        "catalog": _daily("FIXED_ZONE", "09:15"),
        "stats": _daily("FIXED_ZONE", "09:30"),
    },
}
