"""Kubernetes' internal types, as messages show them: every field in the order of the Go type, empty ones too.

An internal type is like the versioned one whose JSON clients send, but that its fields have Go's names and none is
left out; where fields differ, `data/internals.json` says so: `names` of fields that aren't just capitalised, and
`fields` of types whose order or types differ.
Mirrors `types.go` of `pkg/apis` and how `encoding/json` writes what has no tags.  Knows nothing of messages.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

import orjson

from kroute.coreapi import checks
from kroute.schema import gotypes

ZEROES: Final[Mapping[str, Any]] = {
    "string": "",
    "bool": False,
    "int": 0,
    "float": 0,
    "quantity": "0",
    "int-or-string": 0,
}
METADATA: Final = "meta.v1.ObjectMeta"
TAGGED: Final = "meta.v1."
POD_SPEC: Final = "core.v1.PodSpec"
OF_HOST: Final = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")


class Internals:
    """All internal types; types are named as in `gotypes`, `core.v1.PodSpec`."""

    def __init__(self, types: gotypes.Types, names: Mapping[str, str], fields: Mapping[str, Mapping[str, str]]) -> None:
        self._types, self._names, self._fields = types, names, fields
        self._known: dict[str, Mapping[str, tuple[str, str]]] = {}

    @classmethod
    def load(cls) -> Internals:
        """The types of the built-in kinds."""
        data = orjson.loads(resources.files("kroute.coreapi").joinpath("data", "internals.json").read_bytes())
        return cls(gotypes.Types.load(), data["names"], data["fields"])

    def encode(self, value: Any, text: str) -> Any:
        """A decoded value of the Go type `text` (`[]core.v1.Container`, `*int64`) as its internal type is encoded.

        Lists and objects that are there but empty stay so; what isn't there is Go's zero value.  Raises KeyError for
        structs that aren't known."""
        name = text.removeprefix("*")
        name = self._types.named.get(name, name)
        if name.startswith("[]") and name != "[]byte":
            return value if value is None else [self.encode(item, name[2:]) for item in value]
        if name.startswith("map["):
            below = name.partition("]")[2]
            return value if value is None else {key: self.encode(value[key], below) for key in sorted(value)}
        if value is None and text.startswith("*"):
            return None
        if name in gotypes.BASIC or not (name in self._types or name in self._fields):
            return ZEROES.get(self._types.of(name).kind) if value is None else value
        return self._tagged(value or {}, name) if name.startswith(TAGGED) else self._struct(value or {}, name)

    def encode_field(self, value: Mapping[str, Any], of: str, field: str) -> Any:
        """One field of a decoded value of the struct `of`; `field` is named as clients name it."""
        return self.encode(value.get(field), self._fields_of(of)[field][1])

    def _struct(self, value: Mapping[str, Any], name: str) -> dict[str, Any]:
        if name == POD_SPEC:
            value = with_host_in_context(value)
        shown: dict[str, Any] = {}
        for field, (inner, text) in self._fields_of(name).items():
            if text == METADATA:  # embedded, so that its fields stand beside the others
                shown.update(self._tagged(value.get(field) or {}, METADATA))
            else:
                shown[inner] = self.encode(value.get(field), text)
        return shown

    def _tagged(self, value: Mapping[str, Any], name: str) -> dict[str, Any]:
        """A type that has no internal twin: names and what is left out are those of clients, the order is Go's."""
        shown: dict[str, Any] = {}
        for field, tag in self._types.structs[name].items():
            if value.get(field) in (None, "", [], {}) and ("o" in tag.partition(",")[2]):
                continue
            shown[field] = self._ordered(value.get(field), tag.partition(",")[0].removeprefix("*"))
        return shown

    def _ordered(self, value: Any, text: str) -> Any:
        if isinstance(value, list) and text.startswith("[]"):
            return [self._ordered(item, text[2:]) for item in value]
        if isinstance(value, Mapping):
            return self._tagged(value, text) if text in self._types else dict(sorted(value.items()))
        return value

    def _fields_of(self, name: str) -> Mapping[str, tuple[str, str]]:
        """By the name clients use: the internal name and the Go type."""
        known = self._known.get(name)
        if known is None:
            tags = self._types.structs.get(name, {})
            known = self._known[name] = {
                field: (self._name(name, field), text or tags[field].partition(",")[0])
                for field, text in (self._fields.get(name) or dict.fromkeys(tags, "")).items()
            }
        return known

    def _name(self, of: str, field: str) -> str:
        return self._names.get(f"{of}.{field}") or self._names.get(field) or checks.capital(field)


@functools.cache
def known() -> Internals:
    """The internal types of the built-in kinds, read once they are needed."""
    return Internals.load()


def encode(value: Any, text: str) -> Any:
    """A decoded value as the internal twin of the versioned Go type `text` is encoded; see `Internals.encode`."""
    return known().encode(value, text)


def encode_field(value: Mapping[str, Any], of: str, field: str) -> Any:
    """One field of a decoded value of the versioned struct `of`; see `Internals.encode`."""
    return known().encode_field(value, of, field)


def with_host_in_context(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a pod shares with its host is part of its security context inside; that is always there."""
    host = {field: spec[field] for field in OF_HOST if field in spec}
    return {**spec, "securityContext": {**(spec.get("securityContext") or {}), **host}}
