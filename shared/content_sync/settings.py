"""The environment and the secrets, validated before any work starts."""

import json
import os
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    StrictStr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from content_sync.aws.clients import client, error_code_of
from content_sync.errors import InvalidSettings
from content_sync.domain.languages import LANGUAGES
from content_sync.validation import reasons
from content_sync.fields.reading import is_loopback

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


HttpsUrl = Annotated[Word, AfterValidator(_https)]


class Environment(BaseModel):
    """What the template tells every function."""

    state_table: Word
    secrets_prefix: Word = "content-sync"

    @classmethod
    def read(cls) -> "Environment":
        """Reads the environment of this process.

        Raises:
            InvalidSettings: STATE_TABLE is missing.
        """
        if not (table := os.environ.get("STATE_TABLE", "").strip()):
            raise InvalidSettings(
                "the environment variable STATE_TABLE is missing: set it to the state table's name"
            )
        prefix = os.environ.get("SECRETS_PREFIX", "").strip().strip("/") or "content-sync"
        return cls(state_table=table, secrets_prefix=prefix)


class Secret(BaseModel):
    """A secret's keys. Unknown ones and wrong types are refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    _name: str = PrivateAttr("")

    @property
    def secret_name(self) -> str:
        """The secret's name, for sentences that tell the operator where to look."""
        return self._name


class PlatformSettings(Secret):
    """`<prefix>/platforms/<platform>`: one 360Learning customer platform."""

    client_id: SecretWord
    client_secret: SecretWord
    base_url: HttpsUrl = "https://app.360learning.com"


class IntegrationSettings(Secret):
    """What the secret of every provider's integration holds; each provider adds its own keys."""

    group_id: Word
    author_id: Word | None = None
    author_email: Word | None = None
    platform: Word = "default"
    extra_group_ids: list[Word] = []
    default_language: Annotated[Word, AfterValidator(_language)] = "en"

    @model_validator(mode="after")
    def _one_author(self) -> "IntegrationSettings":
        if (self.author_id is None) == (self.author_email is None):
            raise ValueError("give one of author_id and author_email")
        return self


Settings = TypeVar("Settings", bound=Secret)


def read_secret(name: str, model: type[Settings]) -> Settings:
    """Reads and validates a secret.

    Args:
        name: The secret's name.
        model: Which keys it must and may have.

    Raises:
        InvalidSettings: It is absent, not ours to read, no JSON object, or a key is wrong. The
            sentence names the keys, never a value.
    """
    try:
        text = client("secretsmanager").get_secret_value(SecretId=name).get("SecretString", "")
    except ClientError as error:
        code = error_code_of(error)
        if code == "ResourceNotFoundException":
            raise InvalidSettings(
                f"secret {name} does not exist: create it with aws secretsmanager create-secret"
            ) from None
        if code in ("AccessDeniedException", "DecryptionFailure", "InvalidRequestException"):
            raise InvalidSettings(
                f"secret {name} cannot be read ({code}): restore it, or let this function's role "
                "read and decrypt it"
            ) from None
        raise
    try:
        content: Any = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise InvalidSettings(f"secret {name} is not a JSON object: put one with its keys there")
    return parse_secret(name, content, model)


class StoredSecret:
    """A secret as it is stored, for the one provider whose credentials renew themselves.

    Args:
        name: The secret's name; it is read at once.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._client = client("secretsmanager")
        answer = self._client.get_secret_value(SecretId=name)
        self._text: str = answer["SecretString"]
        self._version: str = answer["VersionId"]

    def text(self, key: str) -> str:
        """The value of a key."""
        return str(json.loads(self._text).get(key, ""))

    def prove_writable(self) -> None:
        """Writes the version that stands there, which changes nothing and needs the same right.

        Raises:
            InvalidSettings: The function's role may not write this secret.
        """
        self._put(self._text, ClientRequestToken=self._version)

    def replace(self, key: str, value: str) -> None:
        """Stores a new value under a key; the other keys stay as they are."""
        self._text = json.dumps({**json.loads(self._text), key: value})
        self._put(self._text)

    def _put(self, text: str, **more: str) -> None:
        try:
            self._client.put_secret_value(SecretId=self._name, SecretString=text, **more)
        except ClientError as error:
            raise InvalidSettings(
                f"secret {self._name} cannot be written ({error_code_of(error)}): let this "
                "function's role put its value, since its refresh token may be renewed"
            ) from None


def platform_secret(prefix: str, platform: str) -> PlatformSettings:
    """The settings of a 360Learning platform; see `read_secret`."""
    return read_secret(f"{prefix}/platforms/{platform}", PlatformSettings)


def integration_secret(prefix: str, provider: str, name: str, model: type[Settings]) -> Settings:
    """The settings of an integration; see `read_secret`."""
    return read_secret(f"{prefix}/integrations/{provider}/{name}", model)


def parse_secret(name: str, content: dict[str, Any], model: type[Settings]) -> Settings:
    """Validates a secret's content; see `read_secret`."""
    try:
        settings = model.model_validate(content)
    except ValidationError as error:
        raise InvalidSettings(f"secret {name} must be corrected: {reasons(error)}") from None
    settings._name = name
    return settings
