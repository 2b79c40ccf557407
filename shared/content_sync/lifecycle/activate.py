"""Activation: both sides proven, the configuration at 360Learning found or made."""

from typing import Any

from content_sync.account import forget_notes
from content_sync.agreement import author_digest
from content_sync.aws.invocation import Invocation
from content_sync.domain.languages import to_language
from content_sync.errors import ContentSyncError, InvalidSettings, LostAnswer, Refused
from content_sync.fields.instants import now
from content_sync.fields.reading import to_text
from content_sync.learning360.items import Item
from content_sync.lifecycle.leases import clear_ledgers, no_run_under_way
from content_sync.parties import Parties
from content_sync.state import integrations
from content_sync.state.integrations import ACTIVE, INACTIVE, Integration

MAY_AUTHOR = ("owner", "admin", "editor")
DEEPEST_GROUP = 50


def activate(parties: Parties, invocation: Invocation) -> dict[str, Any]:
    """Make an integration ready to synchronize; repeating it sends no write.

    A configuration that is another than before begins empty: the ledgers are cleared with it.

    Returns:
        `{"provider", "integration", "state", "integration_id", "changes"}`; each change is a field
        of the configuration that was set, or `created`.

    Raises:
        InvalidSettings: What to correct in a secret, or which permission to grant.
    """
    stored = parties.stored
    if stored and stored.state != INACTIVE and stored.platform != parties.settings.platform:
        raise InvalidSettings(
            f"the key platform of secret {parties.settings.secret_name} changed from "
            f"{stored.platform} since the activation: deactivate first, then activate again"
        )
    # What the account refused before may be granted by now.
    forget_notes(parties.table, parties.pk)
    parties.platform.log_in()
    parties.api.check_permissions()
    wanted = configuration(parties)
    _must_have_rights(parties, wanted["authorId"])
    found = find_configuration(parties, wanted)
    if found is None:
        found, changes = _create(parties, wanted), ["created"]
    else:
        changes = [name for name, value in wanted.items() if found.get(name) != value]
        if changes:
            _explain(
                parties,
                parties.platform.patch_integration,
                found["_id"],
                {name: wanted[name] for name in changes},
            )
    author = author_digest(parties.settings)
    language = author_language(parties, wanted["authorId"])
    if language is None:
        # Nothing is known now: what was known of the same author holds.
        language = stored.language if stored and stored.author == author else ""
    integration = Integration(
        provider=parties.provider.name,
        name=parties.name,
        state=ACTIVE,
        integration_id=found["_id"],
        platform=parties.settings.platform,
        author=author,
        language=language,
        group=parties.settings.group_id,
        group_name=_group_name(parties, stored),
        activated_at=stored.activated_at if stored and stored.state != INACTIVE else now(),
    )
    if stored and stored.integration_id not in ("", integration.integration_id):
        with no_run_under_way(parties.table, integration.pk, invocation):
            clear_ledgers(parties.table, integration.pk)
            integrations.store(parties.table, integration)
    elif integration != stored:
        integrations.store(parties.table, integration)
    return {
        "provider": integration.provider,
        "integration": integration.name,
        "state": integration.state,
        "integration_id": integration.integration_id,
        "changes": changes,
    }


def _group_name(parties: Parties, stored: Integration | None) -> str:
    """Return the group's name for people; where it cannot be seen now, what was known of it."""
    group_id = parties.settings.group_id
    try:
        return to_text(parties.platform.group(group_id).get("name")) or ""
    except ContentSyncError:
        return stored.group_name if stored and stored.group == group_id else ""


def configuration(parties: Parties) -> Item:
    """Return what the configuration at 360Learning must say."""
    launch = parties.launch
    return {
        "externalPlatform": parties.provider.display_name,
        "groupId": parties.settings.group_id,
        "authorId": author_id(parties),
        "defaultCompletion": launch.completes,
        "defaultProgress": launch.progress,
        # Groups below the group see its courses, as everything else of the group.
        "noGroupPropagation": False,
    }


def author_id(parties: Parties) -> str:
    """Return the author's 360Learning id, from the secret or by the address in it."""
    settings = parties.settings
    if settings.author_id is not None:
        return settings.author_id
    assert settings.author_email is not None
    users = [
        user
        for user in parties.platform.users_by_mails([settings.author_email])
        if user.get("status") != "deleted"
    ]
    if len(users) != 1:
        number = "no user" if not users else f"{len(users)} users"
        raise InvalidSettings(
            f"author_email of secret {settings.secret_name} belongs to {number} of this platform: "
            "give the address of one who is author or administrator in the group, or author_id"
        )
    return str(users[0]["_id"])


def author_language(parties: Parties, user_id: str) -> str | None:
    """Return the language of the author's profile; None where it cannot be seen now."""
    try:
        return to_language(to_text(parties.platform.user(user_id).get("lang")), "")
    except ContentSyncError:
        return None


def author_role(parties: Parties, user_id: str) -> str | None:
    """Return the role by which a user may author in the group: there, or in a group above it.

    Raises:
        NotFound, Refused: There is no such user or group, or no scope to look.
    """
    roles = {
        str(row.get("groupId")): str(row.get("role"))
        for row in parties.platform.user_roles(user_id)
        if row.get("role") in MAY_AUTHOR
    }
    group_id: str | None = parties.settings.group_id
    for _ in range(DEEPEST_GROUP):
        if group_id is None or group_id in roles:
            break
        parent = parties.platform.group(group_id).get("parentId")
        group_id = str(parent) if parent else None
    return roles.get(group_id) if group_id is not None else None


def no_rights(parties: Parties) -> InvalidSettings:
    """Return what to do about an author without rights."""
    return InvalidSettings(
        f"the author of secret {parties.settings.secret_name} may not author in the group: make "
        "them author or administrator there, or name another user"
    )


def _must_have_rights(parties: Parties, user_id: str) -> None:
    """Refuse an author who surely has no rights; what cannot be seen is left to 360Learning."""
    try:
        visible = bool(parties.platform.user_roles(user_id))
        role = author_role(parties, user_id)
    except ContentSyncError:
        return
    if visible and role is None:
        raise no_rights(parties)


def find_configuration(parties: Parties, wanted: Item) -> Item | None:
    """Return the configuration of this integration at 360Learning, if there is one.

    Raises:
        InvalidSettings: The one in this group belongs to another of our integrations.
    """
    configurations = list(parties.platform.integrations(wanted["externalPlatform"]))
    stored = parties.stored.integration_id if parties.stored else ""
    for candidate in configurations:
        if stored and candidate.get("_id") == stored:
            return candidate
    for candidate in configurations:
        if candidate.get("groupId") == wanted["groupId"]:
            _must_be_free(parties, str(candidate.get("_id")))
            return candidate
    return None


def _must_be_free(parties: Parties, integration_id: str) -> None:
    for other in integrations.list_all(parties.table, parties.provider.name):
        if other.integration_id == integration_id and other.name != parties.name:
            raise InvalidSettings(
                f"the group of secret {parties.settings.secret_name} is synchronized by "
                f"integration {other.name} already: put another group_id there"
            )


def _create(parties: Parties, wanted: Item) -> Item:
    try:
        created: Item = _explain(parties, parties.platform.create_integration, wanted)
        return created
    except LostAnswer:
        if (found := find_configuration(parties, wanted)) is None:
            raise
        return found


def _explain(parties: Parties, call: Any, *arguments: Any) -> Any:
    """Call the platform, and say of a refusal which key of the secret to correct."""
    try:
        return call(*arguments)
    except Refused as refusal:
        secret = parties.settings.secret_name
        name = parties.provider.display_name
        author_key = "author_id" if parties.settings.author_id is not None else "author_email"
        sentences = {
            "groupNotFound": f"group_id of secret {secret} is not a group on this platform: copy "
            "it from the group's settings (24 hexadecimal digits)",
            "userNotFound": f"{author_key} of secret {secret} is not a user on this platform: "
            "give one who is author or administrator in the group",
            "duplicateExternalPlatform": f"the group of secret {secret} has a configuration named "
            f"{name} already: delete it at 360Learning, or put another group_id there",
            "reservedPlatformName": f"360Learning reserves the name {name} on this platform: ask "
            "its support to release it for an API integration",
            "integrationsLimitReached": "this platform has as many integration configurations as "
            "it may: delete one at 360Learning",
        }
        raise _sentence(refusal, sentences, secret) from None


def _sentence(refusal: Refused, sentences: dict[str, str], secret: str) -> ContentSyncError:
    if refusal.code in sentences:
        return InvalidSettings(sentences[refusal.code], detail=refusal.detail)
    if refusal.status == 400:
        return InvalidSettings(
            f"360Learning refuses the configuration: check group_id and author of secret {secret} "
            "(ids are 24 hexadecimal digits)",
            detail=refusal.detail,
        )
    return refusal
