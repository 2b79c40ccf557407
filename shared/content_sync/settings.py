"""The environment and the keys of the secrets, validated before any work starts."""

import os
import re
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from content_sync.domain.languages import LANGUAGES
from content_sync.errors import InvalidSettings
from content_sync.fields.reading import is_loopback
from content_sync.validation import reasons

# An id at 360Learning.
OBJECT_ID = re.compile(r"[a-fA-F0-9]{24}")


def integration_secret(prefix: str, provider: str, name: str) -> str:
    """Return the name of an integration's secret."""
    return f"{prefix}/integrations/{provider}/{name}"


Word = Annotated[StrictStr, StringConstraints(strip_whitespace=True, min_length=1)]


def _secret_word(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("must not be empty")
    return value


SecretWord = Annotated[SecretStr, Field(strict=True), AfterValidator(_secret_word)]


def _https(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host))):
        raise ValueError("must be an https URL")
    return url.rstrip("/")


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError("must be one of API v2's languages, such as en, fr or pt_BR")
    return code


def _object_id(text: str) -> str:
    if not OBJECT_ID.fullmatch(text):
        raise ValueError("must be an id of 24 hexadecimal digits")
    return text.lower()


ServiceUrl = Annotated[Word, AfterValidator(_https)]
Language = Annotated[Word, AfterValidator(_language)]
ObjectId = Annotated[Word, AfterValidator(_object_id)]


class Environment(BaseModel):
    """What the template tells every function.

    Attributes:
        state_table: The name of the DynamoDB table.
        secrets_prefix: What the names of secrets begin with.
        topics: The ARNs of the SNS topics that hear of things.
    """

    state_table: Word
    secrets_prefix: Word = "content-sync"
    topics: tuple[str, ...] = ()

    @classmethod
    def read(cls) -> "Environment":
        """Read the environment of this process.

        Raises:
            InvalidSettings: STATE_TABLE is missing.
        """
        if not (table := os.environ.get("STATE_TABLE", "").strip()):
            raise InvalidSettings(
                "the environment variable STATE_TABLE is missing: set it to the state table's name"
            )
        prefix = os.environ.get("SECRETS_PREFIX", "").strip().strip("/") or "content-sync"
        topics = tuple(os.environ.get("TOPIC_ARNS", "").replace(",", " ").split())
        return cls(state_table=table, secrets_prefix=prefix, topics=topics)


class Secret(BaseModel):
    """A secret's keys. Unknown ones and wrong types are refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    _name: str = PrivateAttr("")

    @property
    def secret_name(self) -> str:
        """Return the secret's name, for sentences that tell the operator where to look."""
        return self._name


class PlatformSettings(Secret):
    """`<prefix>/platforms/<platform>`: one 360Learning customer platform."""

    client_id: SecretWord = Field(description="the client id of the API v2 credentials")
    client_secret: SecretWord = Field(description="their secret")
    base_url: ServiceUrl = Field(
        "https://app.360learning.com",
        description="the platform's address (US: https://app.us.360learning.com)",
    )


class IntegrationSettings(Secret):
    """What the secret of every provider's integration holds; each provider adds its own keys.

    The descriptions stand in the answer of `describe` and in the tables of docs/providers.
    """

    group_id: ObjectId = Field(description="the 360Learning group that receives the courses")
    author_id: ObjectId | None = Field(
        None, description="the courses' author, by 360Learning id: give this or `author_email`"
    )
    author_email: Word | None = Field(
        None, description="the courses' author, by address: give this or `author_id`"
    )
    platform: Word = Field(
        "default", description="whose credentials: `content-sync/platforms/<platform>`"
    )
    extra_group_ids: list[ObjectId] = Field(
        [],
        description=(
            "further groups in whose catalogue and library every active course stands, until a "
            "group leaves the list"
        ),
    )
    default_language: Language | None = Field(
        None,
        description=(
            "where a course's language is missing or unknown: one of API v2's list; else the "
            "author's, as read at activation, else `en`"
        ),
    )
    launch_completes: StrictBool | None = Field(
        None,
        description=(
            "whether START at 360Learning completes the course there at once; activate again "
            "after a change"
        ),
    )
    launch_progress: Annotated[StrictInt, Field(ge=0, le=100)] | None = Field(
        None, description="the progress in percent that START gives; activate again after a change"
    )

    @property
    def syncs_tags(self) -> bool:
        """Tell whether the courses' tags are replaced; a provider that has tags says so."""
        return False

    @model_validator(mode="after")
    def _one_author(self) -> "IntegrationSettings":
        if (self.author_id is None) == (self.author_email is None):
            raise ValueError("give one of author_id and author_email")
        return self


Settings = TypeVar("Settings", bound=Secret)


def parse_secret(name: str, content: dict[str, Any], model: type[Settings]) -> Settings:
    """Validate a secret's content.

    Args:
        name: The secret's name.
        content: Its JSON object.
        model: Which keys it must and may have.

    Raises:
        InvalidSettings: A key is wrong. The sentence names the keys, never a value.
    """
    try:
        settings = model.model_validate(content)
    except ValidationError as error:
        raise InvalidSettings(f"secret {name} must be corrected: {reasons(error)}") from None
    settings._name = name
    return settings
