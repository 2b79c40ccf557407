"""Secrets in AWS Secrets Manager: read as JSON objects, and the one that renews itself."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from content_sync.aws.clients import client, error_code_of
from content_sync.aws.retrying import tried_again
from content_sync.errors import AwsUnavailable, InvalidSettings
from content_sync.observability import logger

# How often a renewed value is tried to be stored, beside boto3's own tries: the old one is spent.
ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.5
MENDED_BY_OPERATORS = {
    "AccessDeniedException",
    "DecryptionFailure",
    "EncryptionFailure",
    "InvalidRequestException",
}
_RIGHTS = {
    "read": "read and decrypt it",
    "written": "put its value, since its refresh token may be renewed",
}


def read_secret(name: str) -> dict[str, Any]:
    """Read a secret.

    Raises:
        InvalidSettings: It is absent, not ours to read, or not a JSON object.
    """
    with _explained(name, "read"):
        answer = client("secretsmanager").get_secret_value(SecretId=name)
    return _object(name, answer)


def _object(name: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a secret holds; raises as `read_secret` does."""
    try:
        content: Any = json.loads(answer.get("SecretString", ""))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise InvalidSettings(f"secret {name} is not a JSON object: put one with its keys there")
    return content


@contextmanager
def _explained(name: str, act: str) -> Iterator[None]:
    """Say why a secret could not be read or written, and who can mend it."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        code = error_code_of(error) or type(error).__name__
        if code == "ResourceNotFoundException":
            raise InvalidSettings(
                f"secret {name} does not exist: content-sync setup makes it, or put it there"
            ) from None
        if code in MENDED_BY_OPERATORS:
            raise InvalidSettings(
                f"secret {name} cannot be {act} ({code}): restore it, or let this function's role "
                f"{_RIGHTS[act]}"
            ) from None
        raise AwsUnavailable(
            f"secret {name} cannot be {act} now ({code}): try again later"
        ) from None


class StoredSecret:
    """A secret as it is stored, for the one provider whose credentials renew themselves.

    Args:
        name: The secret's name; it is read at once.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._client = client("secretsmanager")
        with _explained(name, "read"):
            answer = self._client.get_secret_value(SecretId=name)
        self._content = _object(name, answer)
        self._text: str = answer["SecretString"]
        self._version: str = answer["VersionId"]

    def text(self, key: str) -> str:
        """Return the value of a key; blank where there is none."""
        return str(self._content.get(key) or "")

    def check_writable(self) -> None:
        """Write the version that stands there, which changes nothing and needs the same right.

        Raises:
            InvalidSettings: The function's role may not write this secret.
        """
        with _explained(self._name, "written"):
            self._client.put_secret_value(
                SecretId=self._name, SecretString=self._text, ClientRequestToken=self._version
            )

    def replace(self, key: str, value: str, *, spent: str) -> None:
        """Store a new value under a key in place of the one that was spent for it.

        Somebody may have changed the secret since it was read, so it is read again first: its other
        keys stay as they are now, and so does this one if it holds anything else by now.

        Raises:
            InvalidSettings: It could not be written, however often it was tried.
        """

        def store() -> None:
            answer = self._client.get_secret_value(SecretId=self._name)
            content = _object(self._name, answer)
            if content.get(key) not in (spent, value):
                logger.warning(
                    f"{key} was changed in secret {self._name} meanwhile: what is there now stays"
                )
                return
            text = json.dumps({**content, key: value})
            self._client.put_secret_value(SecretId=self._name, SecretString=text)

        try:
            tried_again(store, attempts=ATTEMPTS, first_pause=FIRST_PAUSE_SECONDS)
        except (ClientError, BotoCoreError, InvalidSettings) as error:
            raise InvalidSettings(
                f"{key} was renewed and could not be stored in secret {self._name} "
                f"({error_code_of(error) or type(error).__name__}): the one that is stored may be "
                "spent, so put a new one there"
            ) from None
