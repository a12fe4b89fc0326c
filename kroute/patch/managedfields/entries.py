"""The entries of `metadata.managedFields`, read into records and written back.

A manager is told apart by name, operation, subresource and, for updates, API version.
Mirrors `managedfields/internal/managedfields.go`.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from kroute.machinery import times
from kroute.patch.managedfields import elements, fieldsets

APPLY, UPDATE = "Apply", "Update"


class Identity(NamedTuple):
    """Who owns an entry.  `api_version` is "" for appliers, who own one set whatever version they apply in."""

    manager: str
    operation: str
    api_version: str
    subresource: str


class Entry(NamedTuple):
    """What a manager owns, in one API version.  `encoded` is the entry as stored, when nothing changed since."""

    fields: fieldsets.FieldSet
    api_version: str
    time: str | None = None
    encoded: dict[str, Any] | None = None

    def owning(self, fields: fieldsets.FieldSet) -> Entry:
        """The entry with other fields."""
        return self if fields is self.fields else Entry(fields, self.api_version, self.time)


Managers: TypeAlias = dict[Identity, Entry]


def renewed(last: Entry | None, fields: fieldsets.FieldSet, api_version: str, time: str | None) -> Entry:
    """A manager's entry after a write; what is stored of the last one is kept as far as it goes."""
    if last is None or last.encoded is None or last.api_version != api_version or last.fields != fields:
        return Entry(fields, api_version, time)
    if last.time == time:
        return last
    if last.time is None or time is None:
        return Entry(fields, api_version, time)
    return Entry(last.fields, api_version, time, {**last.encoded, "time": time})


class EntryError(ValueError):
    """Managed fields that can't be read."""


def identity(manager: str, operation: str, api_version: str, subresource: str) -> Identity:
    return Identity(manager, operation, "" if operation == APPLY else api_version, subresource)


def decode(stored: Any) -> Managers:
    """Read entries that this server wrote.  Raises EntryError."""
    if stored is not None and not isinstance(stored, list):
        raise EntryError("not a list")
    result: Managers = {}
    for entry in stored or ():
        who, version = check(entry, len(result))
        fields = entry.get("fieldsV1") or {}
        if not isinstance(fields, dict):
            raise EntryError("error decoding set: expected an object")
        result[who] = Entry(fields, version, entry.get("time"), entry)
    return result


def decode_given(given: Any) -> Managers:
    """Read entries that a client wrote, into their normal form.  Raises EntryError."""
    if not isinstance(given, list):
        raise EntryError("not a list")
    result: Managers = {}
    for index, entry in enumerate(given):
        who, version = check(entry, index)
        try:
            fields = fieldsets.decode(entry.get("fieldsV1"))
            time = entry.get("time")
            result[who] = Entry(fields, version, None if time is None else times.canonical(time))
        except (elements.ElementError, ValueError, TypeError, RecursionError) as error:
            raise EntryError(f"error decoding set: {error}") from error
    return result


def check(entry: Any, index: int) -> tuple[Identity, str]:
    """An entry's identity and version, when it has what an entry needs."""
    if not isinstance(entry, dict):
        raise EntryError("not an entry")
    operation, version = entry.get("operation"), entry.get("apiVersion")
    if operation not in (APPLY, UPDATE):
        raise EntryError("operation must be `Apply` or `Update`")
    if not isinstance(version, str) or not version:
        raise EntryError("apiVersion must not be empty")
    kind = entry.get("fieldsType")
    if not kind:
        raise EntryError(f"missing fieldsType in managed fields entry {index}")
    if kind != "FieldsV1":
        raise EntryError(f'invalid fieldsType "{kind}" in managed fields entry {index}')
    manager, subresource = entry.get("manager") or "", entry.get("subresource") or ""
    if not isinstance(manager, str) or not isinstance(subresource, str):
        raise EntryError("manager and subresource must be strings")
    return identity(manager, operation, version, subresource), version


def is_reset(given: Any) -> bool:
    """Whether a client asks for all entries to be dropped: an empty list, or one empty entry."""
    return isinstance(given, list) and given in ([], [{}])


def encode(managers: Managers) -> list[dict[str, Any]]:
    """The entries as they are stored: appliers first, then by time and name."""
    written = [entry.encoded or write(who, entry) for who, entry in managers.items()]
    if len(written) > 1:
        written.sort(key=order)
    return written


def write(who: Identity, entry: Entry) -> dict[str, Any]:
    encoded: dict[str, Any] = {"manager": who.manager} if who.manager else {}
    encoded["operation"] = who.operation
    encoded["apiVersion"] = entry.api_version
    if entry.time is not None:
        encoded["time"] = entry.time
    encoded["fieldsType"] = "FieldsV1"
    encoded["fieldsV1"] = fieldsets.ordered(entry.fields)
    if who.subresource:
        encoded["subresource"] = who.subresource
    return encoded


def order(encoded: dict[str, Any]) -> tuple[str, str, str, str, str]:
    return (
        encoded["operation"],
        encoded.get("time") or "",
        encoded.get("manager") or "",
        encoded["apiVersion"],
        encoded.get("subresource") or "",
    )


def token(who: Identity) -> str:
    """The identity as the text that managers are sorted by in messages and when old ones are merged."""
    members = [("manager", who.manager), ("operation", who.operation), ("apiVersion", who.api_version)]
    members.append(("subresource", who.subresource))
    return "{" + ",".join(f'"{name}":{elements.scalar(value)}' for name, value in members if value) + "}"
