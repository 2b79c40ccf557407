"""When a function fires: local times with their zone.

The zones are the template's parameters. 360Learning's guides write CET/CEST for one provider, and
CET or UTC+1 for the others: the first means Paris, the others UTC+1 all year round, unless whoever
deploys the template says otherwise.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Whether the template's schedules fire at all: `ENABLED` or `DISABLED`.
STATE = "SCHEDULES_STATE"
# The environment variables that name the zones.
PARIS, FIXED = "PARIS_ZONE", "FIXED_ZONE"
DEFAULT_ZONES = {PARIS: "Europe/Paris", FIXED: "Etc/GMT-1"}


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
        """Return the zone, as the template was deployed with."""
        return os.environ.get(self.zone) or DEFAULT_ZONES[self.zone]

    @property
    def cron(self) -> str:
        """Return the EventBridge Scheduler expression."""
        minutes = {moment.minute for moment in self.times}
        assert len(minutes) == 1, "one cron expression has one minute"
        hours = ",".join(str(moment.hour) for moment in self.times)
        return f"cron({minutes.pop()} {hours} * * ? *)"

    def next_firing(self, after: datetime) -> datetime:
        """Return the next firing as local time; a time that a clock change skips does not fire.

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


def fires() -> bool:
    """Tell whether the schedules fire, as the template was deployed."""
    return os.environ.get(STATE) != "DISABLED"


def daily(zone: str, *times: str) -> Schedule:
    """Return a schedule that fires every day at local times such as `07:40`."""
    return Schedule(tuple(time.fromisoformat(text) for text in times), zone)
