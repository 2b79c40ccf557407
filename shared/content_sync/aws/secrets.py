"""Secrets in AWS Secrets Manager: read as JSON objects, and the one that renews itself."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from content_sync.aws.clients import client, error_code_of
from content_sync.aws.retrying import in_a_sentence, tried_again
from content_sync.errors import AwsUnavailable, InvalidSettings

# How often a renewed value is tried to be stored, beside boto3's own tries: the old one is spent.
ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.5


def read_secret(name: str) -> dict[str, Any]:
    """Read a secret.

    Raises:
        InvalidSettings: It is absent, not ours to read, or not a JSON object.
    """
    try:
        text = client("secretsmanager").get_secret_value(SecretId=name).get("SecretString", "")
    except BotoCoreError as error:
        raise AwsUnavailable(_unreadable_now(name, type(error).__name__)) from None
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
        raise AwsUnavailable(_unreadable_now(name, code)) from None
    try:
        content: Any = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise InvalidSettings(f"secret {name} is not a JSON object: put one with its keys there")
    return content


def _unreadable_now(name: str, why: str) -> str:
    return f"secret {name} cannot be read now ({why}): try again later"


class StoredSecret:
    """A secret as it is stored, for the one provider whose credentials renew themselves.

    Args:
        name: The secret's name; it is read at once.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._client = client("secretsmanager")
        with in_a_sentence("Secrets Manager"):
            answer = self._client.get_secret_value(SecretId=name)
        self._text: str = answer["SecretString"]
        self._version: str = answer["VersionId"]

    def text(self, key: str) -> str:
        """Return the value of a key."""
        return str(json.loads(self._text).get(key, ""))

    def check_writable(self) -> None:
        """Write the version that stands there, which changes nothing and needs the same right.

        Raises:
            InvalidSettings: The function's role may not write this secret.
        """
        try:
            self._client.put_secret_value(
                SecretId=self._name, SecretString=self._text, ClientRequestToken=self._version
            )
        except BotoCoreError as error:
            raise AwsUnavailable(
                f"secret {self._name} cannot be written now ({type(error).__name__}): try again "
                "later"
            ) from None
        except ClientError as error:
            raise InvalidSettings(
                f"secret {self._name} cannot be written ({error_code_of(error)}): let this "
                "function's role put its value, since its refresh token may be renewed"
            ) from None

    def replace(self, key: str, value: str) -> None:
        """Store a new value under a key; the other keys stay as they are now.

        Somebody may have changed them since they were read: the secret is read again first.

        Raises:
            InvalidSettings: It could not be written, however often it was tried.
        """

        def store() -> None:
            text = self._client.get_secret_value(SecretId=self._name)["SecretString"]
            self._text = json.dumps({**json.loads(text), key: value})
            self._client.put_secret_value(SecretId=self._name, SecretString=self._text)

        try:
            tried_again(store, attempts=ATTEMPTS, first_pause=FIRST_PAUSE_SECONDS)
        except (ClientError, BotoCoreError, ValueError) as error:
            raise InvalidSettings(
                f"{key} was renewed and could not be stored in secret {self._name} "
                f"({error_code_of(error) or type(error).__name__}): the one that is stored may be "
                "spent, so put a new one there"
            ) from None
