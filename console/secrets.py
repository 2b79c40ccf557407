"""An integration's secrets: their keys as the stack describes them, and how they change."""

from dataclasses import dataclass
from typing import Any

from console.session import Session, Target, UsageError, closest
from console.stack import Json

TRUE, FALSE = ("yes", "y", "true"), ("no", "n", "false")


@dataclass(frozen=True)
class Keys:
    """The keys of a kind of secret, as the stack describes them."""

    schema: Json

    @property
    def required(self) -> list[str]:
        """Return those that must be there."""
        return list(self.schema["required"])

    @property
    def names(self) -> list[str]:
        """Return all of them."""
        return list(self.schema["properties"])

    def about(self, key: str) -> str:
        """Return what a key is."""
        return str(self.schema["properties"][key].get("description", ""))

    def default(self, key: str) -> Any:
        """Return what holds where a key is left out; None where that is not always the same."""
        return self.schema["properties"][key].get("default")

    def hidden(self, key: str) -> bool:
        """Tell whether nobody may see a key's value."""
        return any(one.get("writeOnly") for one in self._types(key))

    def parsed(self, key: str, text: str) -> Any:
        """Return a value that was typed in the type that the key has.

        Raises:
            UsageError: It is not of that type.
        """
        kinds = {one.get("type") for one in self._types(key)}
        if "boolean" in kinds:
            if text.lower() not in (*TRUE, *FALSE):
                raise UsageError(f"{key} is yes or no, not {text}")
            return text.lower() in TRUE
        if "integer" in kinds:
            try:
                return int(text)
            except ValueError:
                raise UsageError(f"{key} is a whole number, not {text}") from None
        if "array" in kinds:
            return [one.strip() for one in text.split(",") if one.strip()]
        return text

    def must_have(self, name: str) -> None:
        """See that there is a key of a name.

        Raises:
            UsageError: There is none.
        """
        if name not in self.names:
            raise UsageError(f"there is no key {name}{closest(name, self.names)}")

    def _types(self, key: str) -> list[Json]:
        schema = self.schema["properties"][key]
        return [schema, *schema.get("anyOf", ())]


@dataclass(frozen=True)
class Secrets:
    """The secrets of one integration and of its platform."""

    session: Session
    target: Target
    prefix: str
    keys: Keys
    platform_keys: Keys

    @classmethod
    def of(cls, session: Session, target: Target) -> "Secrets":
        """Ask the stack which keys there are."""
        told = session.stack.manage("describe", provider=target.provider)
        (provider,) = told["providers"]
        return cls(
            session, target, told["prefix"], Keys(provider["secret"]), Keys(told["platform"])
        )

    @property
    def name(self) -> str:
        """Return the name of the integration's secret."""
        return f"{self.prefix}/integrations/{self.target.provider}/{self.target.integration}"

    def platform_name(self, platform: str) -> str:
        """Return the name of a platform's secret."""
        return f"{self.prefix}/platforms/{platform}"


class Before:
    """What the secrets held before they were changed, to be put back if the change does not work.

    Args:
        secrets: Which.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._stack = secrets.session.stack
        # Of each secret, what it held and what was written.
        self._changes: dict[str, tuple[Json | None, Json]] = {}
        listed = self._stack.manage("list", provider=secrets.target.provider)["integrations"]
        known = any(one["integration"] == secrets.target.integration for one in listed)
        there = self._stack.secret(secrets.name)
        self.there: Json = there or {}
        # One that was never activated is asked for from the beginning.
        self.is_set_up = known and there is not None

    def put(self, name: str, content: Json) -> None:
        """Write a secret, and remember what it held."""
        held = self._changes[name][0] if name in self._changes else self._stack.secret(name)
        self._stack.put_secret(name, content)
        self._changes[name] = held, content

    def put_back(self) -> bool:
        """Write what was there before; tell whether there was anything.

        What another changed since stays: to try a login may renew a token, and spend the old one.
        """
        there_was = False
        for name, (held, written) in self._changes.items():
            if held is not None:
                now = self._stack.secret(name) or {}
                since = {key: value for key, value in now.items() if value != written.get(key)}
                self._stack.put_secret(name, {**held, **since})
                there_was = True
        return there_was
