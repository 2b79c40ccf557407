"""One row of a mapping table, as a case that runs through the real mappers."""

from dataclasses import dataclass
from typing import Any

from content_sync.domain.course import Course
from content_sync.domain.statistic import Statistic
from content_sync.learning360.items import course_item, statistic_item
from content_sync.providers.base import Provider
from content_sync.providers.registry import PROVIDERS
from sandbox.providers import TENANTS
from sandbox.providers.base import Tenant, changed

NOTHING = "nothing"
LEARNER = "ada@example.com"
T1, T2, T3 = "2026-01-10T08:00:00+00:00", "2026-01-12T10:00:00+00:00", "2026-01-14T10:00:00+00:00"
Z1, Z2, Z3 = "2026-01-10T08:00:00.000Z", "2026-01-12T10:00:00.000Z", "2026-01-14T10:00:00.000Z"
M1, M2, M3 = 1_768_032_000_000, 1_768_212_000_000, 1_768_384_800_000


@dataclass(frozen=True)
class Case:
    """One row of a mapping table, with an example.

    Attributes:
        provider: Whose table.
        kind: `course` or `statistic`.
        source: The provider's field, as a path in its raw object.
        rule: What is done with it.
        target: The field of API v2's item, or what becomes of the whole object.
        given: The value under `source` in the example; a dict sets several fields.
        sent: What API v2 gets for it.
        number: Of the row in its provider's table.
    """

    provider: str
    kind: str
    source: str
    rule: str
    target: str
    given: Any
    sent: Any
    number: int = 0

    @property
    def name(self) -> str:
        """The test's id."""
        return f"{self.provider}-{self.kind}-{self.number}"

    def result(self) -> Any:
        """What the real mappers make of the example."""
        provider = PROVIDERS[self.provider]
        tenant = next(tenant for tenant in TENANTS if tenant.name == self.provider)
        if self.kind == "course":
            return self._picked(self._course(provider, tenant))
        return self._picked(self._statistic(provider, tenant))

    def raw_course(self, tenant: Tenant) -> Any:
        """The provider's course of the example."""
        return self._changed(tenant.course(7, "A title"))

    def _course(self, provider: Provider, tenant: Tenant) -> Any:
        raw = self.raw_course(tenant)
        judgement = provider.to_course(provider.course.read(raw, **(tenant.joined or {})))
        if not isinstance(judgement, Course):
            return type(judgement).__name__
        item = course_item(judgement, provider_name=provider.display_name, default_language="en")
        return item | {"modifiedAt": judgement.modifiedAt, "tags": list(judgement.tags)}

    def _statistic(self, provider: Provider, tenant: Tenant) -> Any:
        raw = tenant.row(LEARNER, tenant.external_id(7))
        raw = {**raw, **tenant.joined_row(LEARNER)}
        judgement = provider.to_statistic(provider.statistic.read(self._changed(raw)))
        if not isinstance(judgement, Statistic):
            return type(judgement).__name__
        return statistic_item(judgement)

    def _changed(self, raw: Any) -> Any:
        values = self.given if isinstance(self.given, dict) and "=" in self.given else None
        if values is not None:
            for path, value in values["="].items():
                raw = changed(raw, tuple(path.split(".")), value)
            return raw
        return changed(raw, tuple(self.source.split(" ")[0].split(".")), self.given)

    def _picked(self, item: Any) -> Any:
        if isinstance(item, str):
            return item
        value = item
        for name in self.target.split("."):
            value = value.get(name, NOTHING) if isinstance(value, dict) else value
        return value


def many(**values: Any) -> dict[str, Any]:
    """Several fields at once; `__` stands for a dot."""
    return {"=": {name.replace("__", "."): value for name, value in values.items()}}


C, S = "course", "statistic"
P, A = "attributes", "attributes."
