"""Messages that JSON shows as something other than an object: times, quantities, numbers or texts, embedded JSON.

For each one how to read it from a message and how to write it, both as Go's own conversions do.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from kroute.machinery import codecs, durations, quantity

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ZERO_TIME: Final = -62135596800  # the first second of the year 1, which is Go's "no time"


class Pair(NamedTuple):
    """How to read a message's JSON value, and how to write a JSON value as the fields of a message."""

    read: Callable[[Any], Any]
    write: Callable[[Any], dict[str, Any]]


def moment_of(message: Any) -> datetime | None:
    """The seconds of a time; None for none, which is a message without fields, not 1970.  Raises DecodeError."""
    seconds = message.seconds
    if seconds == ZERO_TIME or (not seconds and not message.ListFields()):
        return None
    try:
        return EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise codecs.DecodeError("Time.MarshalJSON: year outside of range [0,9999]") from None


def read_time(message: Any) -> str | None:
    moment = moment_of(message)
    return None if moment is None else f"{moment.isoformat()[:19]}Z"


def read_micro_time(message: Any) -> str | None:
    moment = moment_of(message)
    if moment is None:
        return None
    try:
        moment += timedelta(microseconds=int(message.nanos / 1000))
    except OverflowError:
        raise codecs.DecodeError("MicroTime.MarshalJSON: year outside of range [0,9999]") from None
    return f"{moment.isoformat(timespec='microseconds')[:26]}Z"


def write_time(value: str) -> dict[str, Any]:
    since = datetime.fromisoformat(value) - EPOCH
    return {"seconds": since.days * 86400 + since.seconds, "nanos": 0}


def write_micro_time(value: str) -> dict[str, Any]:
    since = datetime.fromisoformat(value) - EPOCH
    return {"seconds": since.days * 86400 + since.seconds, "nanos": since.microseconds * 1000}


def write_quantity(value: str | float) -> dict[str, Any]:
    return {"string": value if type(value) is str else quantity.canonical(value)}


def read_int_or_string(message: Any) -> int | str:
    kind = message.type
    if kind not in (0, 1):
        raise codecs.DecodeError("impossible IntOrString.Type")
    return text_of(message.strVal) if kind else int(message.intVal)


def write_int_or_string(value: int | str) -> dict[str, Any]:
    if type(value) is str:
        return {"type": 1, "intVal": 0, "strVal": value}
    return {"type": 0, "intVal": value, "strVal": ""}


def read_duration(message: Any) -> str:
    return durations.show(message.duration)


def write_duration(value: str) -> dict[str, Any]:
    return {"duration": durations.parse(value)}


def read_items(message: Any) -> list[str]:
    return [text_of(item) for item in message.items]


def write_items(value: list[str]) -> dict[str, Any]:
    return {"items": value}


def read_raw(message: Any) -> Any:
    return read_json(message.raw)


def write_raw(value: Any) -> dict[str, Any]:
    return {"raw": codecs.encode(value)}


def read_fields(message: Any) -> Any:
    return read_json(message.Raw)


def write_fields(value: Any) -> dict[str, Any]:
    return {"Raw": codecs.encode(value)}


def read_json(text: bytes) -> Any:
    """The JSON value in a text; nothing at all is null.  Raises DecodeError."""
    return codecs.decode(text) if text else None


def read_bytes(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def write_bytes(value: str) -> bytes:
    return binascii.a2b_base64(value)


def text_of(value: str | bytes) -> str:
    """A string field's value; the library hands out bytes where it is no UTF-8.  Raises DecodeError."""
    if type(value) is str:
        return value
    raise codecs.DecodeError("proto: string field contains invalid UTF-8")


ITEMS = Pair(read_items, write_items)
PAIRS: Final[Mapping[str, Pair]] = {
    "meta.v1.Time": Pair(read_time, write_time),
    "meta.v1.MicroTime": Pair(read_micro_time, write_micro_time),
    "meta.v1.Duration": Pair(read_duration, write_duration),
    "meta.v1.FieldsV1": Pair(read_fields, write_fields),
    "meta.v1.Verbs": ITEMS,
    "intstr.IntOrString": Pair(read_int_or_string, write_int_or_string),
    "runtime.RawExtension": Pair(read_raw, write_raw),
    "apiextensions.v1.JSON": Pair(read_raw, write_raw),
    "authentication.v1.ExtraValue": ITEMS,
    "authorization.v1.ExtraValue": ITEMS,
    "certificates.v1.ExtraValue": ITEMS,
}
