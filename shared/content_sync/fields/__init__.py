"""What a provider may send: types that become None when a value is unreadable, and never raise.

A raw model declares every field that its mapper reads with one of these types, so that the type
checker sees a mistake in a mapper, and a mapper never meets a value of another type.
"""

from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, model_validator

from content_sync.fields import reading
from content_sync.fields.instants import to_milliseconds
from content_sync.masking import mask

# Of a text that people are shown, not of one that is sent.
LONGEST_SAID = 2000

Text = Annotated[str | None, PlainValidator(reading.to_text)]
Id = Annotated[str | None, PlainValidator(reading.to_id)]
Number = Annotated[Decimal | None, PlainValidator(reading.to_number)]
Flag = Annotated[bool | None, PlainValidator(reading.to_flag)]
HttpsUrl = Annotated[str | None, PlainValidator(reading.to_https_url)]
Html = Annotated[str | None, PlainValidator(reading.to_html)]
LocalizedText = Annotated[str | None, PlainValidator(reading.to_localized)]
# Milliseconds since the epoch, and milliseconds.
Instant = Annotated[int | None, PlainValidator(to_milliseconds)]
Duration = Annotated[int | None, PlainValidator(reading.to_duration)]


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else ()


def _listed_or_none(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else None


Item = TypeVar("Item")
# A list of objects: empty where it is not one.
Many = Annotated[tuple[Item, ...], BeforeValidator(_listed)]
# A list of objects: None where it is absent or no list.
ManyOrNone = Annotated[tuple[Item, ...] | None, BeforeValidator(_listed_or_none)]


class Raw(BaseModel):
    """A provider's own object, under its API's field names.

    Whatever comes instead of an object is one without any field.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _object(cls, value: Any) -> Any:
        # In this order, since pydantic's own question after a class is slow.
        return value if type(value) is dict or isinstance(value, dict | Raw) else {}

    @classmethod
    def read(cls, value: Any, **joined: Any) -> Self:
        """Read the object, whatever came instead of one.

        Args:
            value: Anything that JSON can hold.
            **joined: Fields that its reader adds to an object.
        """
        whole = {**value, **joined} if isinstance(value, dict) else {}
        try:
            return cls.model_validate(whole)
        except Exception:  # noqa: BLE001 - what nobody foresaw is one field's fault
            readable = [name for name in whole if cls._reads(whole, name)]
            return cls.model_validate({name: whole[name] for name in readable})

    def said(self) -> dict[str, Any]:
        """Return the fields that could be read, for people: as JSON, instants in milliseconds."""
        said = {name: _plain(value) for name, value in self}
        return {name: value for name, value in said.items() if value not in (None, "", {}, [])}

    @classmethod
    def _reads(cls, whole: dict[str, Any], name: str) -> bool:
        try:
            cls.model_validate({name: whole[name]})
        except Exception:  # noqa: BLE001
            return False
        return True


def _plain(value: Any) -> Any:
    if isinstance(value, Raw):
        return value.said()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return mask(value)[:LONGEST_SAID]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
