"""The events that the handlers accept, refused before any call to anyone if they are wrong."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from content_sync.errors import InvalidEvent
from content_sync.fields.instants import from_datetime
from content_sync.validation import reasons

Kind = Literal["catalog", "stats"]
# What has a place and reports: the two kinds of runs, and reconciling.
Reported = Literal["catalog", "stats", "reconcile"]
Model = TypeVar("Model", bound=BaseModel)
Name = Annotated[StrictStr, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.+=@-]+$")]


class Demands(BaseModel):
    """What decides whether an unfinished run is the one that is asked for now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["apply", "plan"] = "apply"
    full: bool
    allow_archives: int
    since: int | None
    until: int | None


class SyncRequest(BaseModel):
    """What a run is asked for: the event of a catalogue or statistics function, or reconciling.

    `since` and `until` are milliseconds since the epoch.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Reported
    integration: Name | None = None
    mode: Literal["apply", "plan"] = "apply"
    full: StrictBool = False
    allow_archives: Annotated[StrictInt, Field(ge=0)] = 0
    since: int | None = None
    until: int | None = None
    run_id: Name | None = None

    @field_validator("since", "until", mode="before")
    @classmethod
    def _instant(cls, value: Any, info: ValidationInfo) -> int:
        try:
            if not isinstance(value, str) or "T" not in value:
                raise ValueError
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError
            return from_datetime(moment)
        except (ValueError, OverflowError):
            raise ValueError("must be an ISO 8601 date with a time and a zone") from None

    @model_validator(mode="after")
    def _in_order(self) -> "SyncRequest":
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError("since is after until: swap them")
        if self.run_id is not None and self.integration is None:
            raise ValueError("run_id needs the key integration: name the integration of that run")
        return self

    @property
    def plans(self) -> bool:
        """Tell whether nothing may be written."""
        return self.mode == "plan"

    @property
    def is_backfill(self) -> bool:
        """Tell whether a window was asked for."""
        return self.since is not None or self.until is not None

    @property
    def demands(self) -> Demands:
        """Return what a continuation must ask for, too."""
        return Demands(**self.model_dump(include=set(Demands.model_fields)))

    def as_demanded(self, demands: Demands) -> "SyncRequest":
        """Return the request of a run that goes on as it was asked for, whoever invokes it."""
        return self.model_copy(update=demands.model_dump())


_KEYS_OF_KIND: dict[Reported, set[str]] = {
    "catalog": {"integration", "mode", "full", "allow_archives", "run_id"},
    "stats": {"integration", "mode", "full", "since", "until", "run_id"},
}


def parse_sync_event(kind: Reported, event: Any) -> SyncRequest:
    """Validate the event of a sync function.

    Raises:
        InvalidEvent: With the keys that are wrong and what to do.
    """
    _must_be_object(event)
    for key in event:
        if key in _KEYS_OF_KIND[kind]:
            continue
        others = "catalogue" if kind == "stats" else "statistics"
        if any(key in keys for keys in _KEYS_OF_KIND.values()):
            raise InvalidEvent(f"the key {key} belongs to {others} events: remove it here")
        allowed = ", ".join(sorted(_KEYS_OF_KIND[kind]))
        raise InvalidEvent(f"the key {key} is unknown: remove it, or use one of {allowed}")
    return _validated(SyncRequest, {**event, "kind": kind})


# They may name one, or need none.
OF_NO_PROVIDER = ("list", "describe", "find", "summarize")
_ACTIONS_OF_KEY = {
    "mode": ("deactivate", "reconcile", "summarize"),
    "allow_archives": ("deactivate", "reconcile"),
    "kind": ("report", "runs"),
    "run_id": ("report", "reconcile"),
    "page": ("report", "parked", "runs"),
    "course": ("explain",),
    "learner": ("explain",),
    "platform": ("find",),
    "group": ("find",),
    "author": ("find",),
    "show_addresses": ("parked",),
}


class IntegrationsRequest(BaseModel):
    """The event of the `integrations` function."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    action: Literal[
        "activate",
        "deactivate",
        "pause",
        "resume",
        "check",
        "list",
        "report",
        "parked",
        "reconcile",
        "explain",
        "runs",
        "find",
        "describe",
        "summarize",
    ]
    provider: Name | None = None
    integration: Name = "default"
    mode: Literal["plan", "apply"] | None = None
    allow_archives: StrictInt = Field(0, ge=0)
    kind: Reported | None = None
    run_id: StrictStr | None = Field(None, min_length=1, max_length=64)
    page: StrictInt = Field(1, ge=1)
    course: StrictStr | None = Field(None, min_length=1, max_length=512)
    learner: StrictStr | None = Field(None, min_length=3, max_length=320, pattern="@")
    platform: Name = "default"
    group: StrictStr | None = Field(None, max_length=200)
    author: StrictStr | None = Field(None, min_length=3, max_length=320, pattern="@")
    show_addresses: StrictBool = False

    @model_validator(mode="after")
    def _complete(self) -> "IntegrationsRequest":
        if self.needs_provider and self.provider is None:
            raise ValueError(f"the key provider is missing: {self.action} needs it")
        if self.action == "explain" and self.course is None and self.learner is None:
            raise ValueError(
                "explain needs the key course, an external id, or the key learner, an address"
            )
        if self.action == "find" and (self.group is None) == (self.author is None):
            raise ValueError(
                "find needs one of the keys group, a part of its name, and author, an address"
            )
        for key, actions in _ACTIONS_OF_KEY.items():
            if key in self.model_fields_set and self.action not in actions:
                belongs = " and ".join(actions)
                raise ValueError(f"the key {key} belongs to {belongs}: remove it for {self.action}")
        return self

    @property
    def needs_provider(self) -> bool:
        """Tell whether it is about one integration."""
        return self.action not in OF_NO_PROVIDER

    @property
    def plans(self) -> bool:
        """Tell whether nothing is to be changed: as asked for, or by default of some."""
        if self.mode is None:
            return self.action in ("reconcile", "summarize")
        return self.mode == "plan"


def parse_integrations_event(event: Any) -> IntegrationsRequest:
    """Validate the event of the `integrations` function.

    Raises:
        InvalidEvent: With the keys that are wrong and what to do.
    """
    _must_be_object(event)
    return _validated(IntegrationsRequest, event)


def _must_be_object(event: Any) -> None:
    if not isinstance(event, dict):
        raise InvalidEvent("the event is not a JSON object: send {} or an object with keys")
    for key, value in event.items():
        if value is None:
            raise InvalidEvent(f"{key} must not be null: give it a value, or leave it out")


def _validated(model: type[Model], event: dict[str, Any]) -> Model:
    try:
        return model.model_validate(event)
    except ValidationError as error:
        raise InvalidEvent(f"the event must be corrected: {reasons(error)}") from None
