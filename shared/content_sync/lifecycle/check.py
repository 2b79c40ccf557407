"""A look at everything an integration needs, each fact with what to do when it is not in order."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from content_sync.errors import ContentSyncError, Denied, InvalidSettings, NotFound, Refused
from content_sync.lifecycle.activate import author_id, author_role, configuration, no_rights
from content_sync.lifecycle.attention import failure_of, is_overdue, overdue
from content_sync.masking import mask
from content_sync.parties import Parties
from content_sync.providers.base import Provider
from content_sync.providers.schedule import fires
from content_sync.report import KINDS
from content_sync.state import integrations
from content_sync.state.integrations import ACTIVE, INACTIVE, Integration
from content_sync.state.runs import last_report
from content_sync.state.table import Table

NOBODY = "nobody@example.com"
NO_ID = "0" * 24
Look = Callable[[], str]


def check(
    open_both: Callable[[], Parties], table: Table, provider: Provider, name: str
) -> dict[str, Any]:
    """Look at an integration without changing anything.

    Args:
        open_both: Opens the integration; its failure is the first fact.
        table: The state table.
        provider: Whose integration.
        name: The integration's name.

    Returns:
        `{"ok": bool, "facts": [{"fact", "ok", "detail"}]}`.
    """
    facts: list[dict[str, Any]] = []

    def state(fact: str, look: Look) -> None:
        try:
            facts.append({"fact": fact, "ok": True, "detail": mask(look())})
        except ContentSyncError as error:
            facts.append({"fact": fact, "ok": False, "detail": str(error)})

    opened: list[Parties] = []
    state("secret", lambda: _secret(opened, open_both))
    for fact, look in LOOKS.items():
        bad = {one["fact"] for one in facts if not one["ok"]}
        if needed := next((one for one in NEEDS[fact] if one in bad), None):
            detail = f"not looked at: {needed} first"
            facts.append({"fact": fact, "ok": False, "detail": detail})
        else:
            state(fact, lambda look=look: look(opened[0]))  # type: ignore[misc]
    stored = integrations.find(table, provider.name, name)
    scheduled = stored is not None and stored.state == ACTIVE and fires()
    state("next_firing", lambda: _next_firing(provider, stored, scheduled=scheduled))
    pk = integrations.partition(provider.name, name)
    state("last_run", lambda: _last_runs(table, pk, scheduled=scheduled))
    return {"ok": all(fact["ok"] for fact in facts), "facts": facts}


def _secret(opened: list[Parties], open_both: Callable[[], Parties]) -> str:
    opened.append(open_both())
    return f"{opened[0].settings.secret_name} is complete"


def _provider_login(parties: Parties) -> str:
    remark = parties.api.log_in()
    return " ".join(
        filter(None, (f"{parties.provider.display_name} accepts the credentials", remark))
    )


def _provider_permission(parties: Parties) -> str:
    parties.api.check_permissions()
    return f"{parties.provider.display_name} hands out courses and statistics"


def _platform_login(parties: Parties) -> str:
    parties.platform.log_in()
    return f"360Learning accepts the credentials at {parties.platform_settings.base_url}"


def _scopes(parties: Parties) -> str:
    """Try what can be tried without writing, scope by scope."""
    missing: list[str] = []
    for scope, look in SCOPES.items():
        if scope == "tags:read" and not parties.settings.syncs_tags:
            continue
        try:
            look(parties)
        except Denied:
            missing.append(f"{scope} ({LOST[scope]})")
        except (NotFound, Refused) as error:
            if isinstance(error, Refused) and error.status not in (400, 404):
                raise
    if missing:
        raise InvalidSettings(
            "grant these scopes, without which something is lost, to the credentials of secret "
            f"{parties.platform_settings.secret_name}: {'; '.join(missing)}"
        )
    return (
        "the scopes for reading are granted; those for writing (integrations:write, "
        "integrations:bulk, courses:write) show at activation and at the first run"
    )


def _first(rows: Iterator[Any]) -> None:
    next(rows, None)


# A harmless read for each scope, and what is lost without it.
SCOPES: dict[str, Callable[[Parties], Any]] = {
    "integrations:read": lambda parties: _first(
        parties.platform.integrations(parties.provider.display_name)
    ),
    "bulkOperations:read": lambda parties: _first(parties.platform.latest_operations()),
    "courses:read": lambda parties: parties.platform.course(NO_ID),
    "groups:read": lambda parties: parties.platform.group(NO_ID),
    "users:read": lambda parties: parties.platform.users_by_mails([NOBODY]),
    "courseStats:read": lambda parties: _first(parties.platform.attempts([NO_ID], [])),
    "tags:read": lambda parties: _first(parties.platform.tags()),
}
_UNMET = (
    "progress may stay hidden where a learner started a course from 360Learning, and nothing that "
    "was sent is confirmed"
)
LOST = {
    "integrations:read": "no run can begin",
    "bulkOperations:read": "no bulk operation can be followed to its end",
    "courses:read": "archived courses cannot be recognised",
    "groups:read": "group and author cannot be checked",
    "users:read": _UNMET,
    "courseStats:read": _UNMET,
    "tags:read": "categories do not become tags",
}


def _group(parties: Parties) -> str:
    names = []
    groups = [parties.settings.group_id, *parties.settings.extra_group_ids]
    for key, group_id in zip(
        ["group_id", *["extra_group_ids"] * len(groups)], groups, strict=False
    ):
        try:
            names.append(str(parties.platform.group(group_id).get("name")))
        except (NotFound, Refused):
            raise InvalidSettings(
                f"{key} of secret {parties.settings.secret_name} names a group that is not on this "
                "platform: copy the id from the group's settings"
            ) from None
    return f"content goes to {', '.join(names)}"


def _author(parties: Parties) -> str:
    user_id = author_id(parties)
    try:
        role = author_role(parties, user_id)
    except (NotFound, Refused):
        raise InvalidSettings(
            f"the author of secret {parties.settings.secret_name} is not a user on this platform: "
            "give one who is author or administrator in the group"
        ) from None
    if role is None:
        raise no_rights(parties)
    language = parties.default_language
    return (
        f"the author is {role} in the group or above it; a course without a language counts as "
        f"{language}"
    )


def _configuration(parties: Parties) -> str:
    stored = parties.stored
    if stored is None or stored.state == INACTIVE:
        raise InvalidSettings("the integration is not active: activate it")
    wanted = configuration(parties)
    for found in parties.platform.integrations(wanted["externalPlatform"]):
        if found.get("_id") == stored.integration_id:
            differing = [key for key, value in wanted.items() if found.get(key) != value]
            if differing:
                raise InvalidSettings(
                    f"the configuration differs from the secret in {', '.join(differing)}: "
                    "activate again"
                )
            return f"configuration {stored.integration_id} is as the secret says"
    raise InvalidSettings("the configuration was deleted at 360Learning: activate again")


LOOKS: dict[str, Callable[[Parties], str]] = {
    "provider_login": _provider_login,
    "provider_permission": _provider_permission,
    "platform_login": _platform_login,
    "scopes": _scopes,
    "group": _group,
    "author": _author,
    "configuration": _configuration,
}


# Which facts say nothing as long as another one is not in order.
NEEDS: dict[str, tuple[str, ...]] = {
    "provider_login": ("secret",),
    "provider_permission": ("secret", "provider_login"),
    "platform_login": ("secret",),
    **dict.fromkeys(("scopes", "group"), ("secret", "platform_login")),
    # An author is looked for in the group, and both belong to the configuration.
    "author": ("secret", "platform_login", "group"),
    "configuration": ("secret", "platform_login"),
}


def next_firings(provider: Provider, after: datetime) -> str:
    """Return when the provider's two functions fire next, in local time and in UTC."""
    firings = []
    for kind, schedule in provider.schedules.items():
        local = schedule.next_firing(after)
        utc = local.astimezone(UTC)
        firings.append(
            f"{kind} {local:%Y-%m-%d %H:%M} {schedule.zone_name} = {utc:%Y-%m-%d %H:%M} UTC"
        )
    return "; ".join(firings)


def _next_firing(provider: Provider, stored: Integration | None, *, scheduled: bool) -> str:
    firings = next_firings(provider, datetime.now(UTC))
    if scheduled:
        return firings
    if not fires():
        return f"none, since the schedules are disabled; else {firings}"
    state = stored.state if stored is not None else "not activated yet"
    return f"none, since the integration is {state}; else {firings}"


def _last_runs(table: Table, pk: str, *, scheduled: bool) -> str:
    said = []
    for kind in KINDS:
        report = last_report(table, pk, kind)
        if report is None:
            said.append(f"{kind} has not run yet")
            continue
        if failure := failure_of(report):
            raise InvalidSettings(failure)
        if scheduled and is_overdue(report):
            raise InvalidSettings(overdue(report))
        said.append(f"{kind} {report['status']} at {report['finished_at']}")
    return "; ".join(said)
