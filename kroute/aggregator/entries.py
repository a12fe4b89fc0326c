"""What another server says it serves, read as Kubernetes' own types: nothing else gets into this server's documents.

Mirrors the decoding of `APIVersionDiscovery` of `apidiscovery.k8s.io/v2`; an error for what doesn't fit, unknown fields
are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from kroute.machinery import objects

Read: TypeAlias = Callable[[Any], Any]


class EntryError(ValueError):
    """Something is of another type than it must be; the text says what."""


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise EntryError(f"{value!r} is no text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise EntryError("a text with half a character in it") from error
    return value


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EntryError(f"{value!r} is neither true nor false")
    return value


def several(each: Read) -> Read:
    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise EntryError(f"{value!r} is no list")
        return [each(item) for item in value]

    return read


def fields(known: Mapping[str, Read]) -> Read:
    def read(value: Any) -> objects.Object:
        if not isinstance(value, dict):
            raise EntryError(f"{value!r} is no object")
        return {key: each(value[key]) for key, each in known.items() if value.get(key) is not None}

    return read


KIND = fields({"group": text, "version": text, "kind": text})
SUBRESOURCE = fields(
    {"subresource": text, "responseKind": KIND, "acceptedTypes": several(KIND), "verbs": several(text)}
)
RESOURCE = fields(
    {
        "resource": text,
        "responseKind": KIND,
        "scope": text,
        "singularResource": text,
        "verbs": several(text),
        "shortNames": several(text),
        "categories": several(text),
        "subresources": several(SUBRESOURCE),
    }
)
LISTED = fields(
    {
        "name": text,
        "singularName": text,
        "namespaced": truth,
        "group": text,
        "version": text,
        "kind": text,
        "verbs": several(text),
        "shortNames": several(text),
        "categories": several(text),
    }
)
NO_KIND: Mapping[str, str] = {"group": "", "version": "", "kind": ""}


def version(given: Any) -> objects.Object:
    """An entry of aggregated discovery.  Raises EntryError."""
    found: objects.Object = fields({"version": text, "resources": several(resource)})(given)
    found.setdefault("version", "")
    return found


def resource(given: Any) -> objects.Object:
    found: Any = {"resource": "", "responseKind": dict(NO_KIND), "scope": "", "singularResource": "", "verbs": []}
    found |= RESOURCE(given)
    found["responseKind"] = {**NO_KIND, **found["responseKind"]}
    for each in found.get("subresources", ()):
        each["responseKind"] = {**NO_KIND, **each.get("responseKind", {})}
        each.setdefault("subresource", "")
        each.setdefault("verbs", [])
    return dict(found)


def listed(given: Any) -> list[objects.Object]:
    """The entries of an APIResourceList.  Raises EntryError."""
    bare: objects.Object = {"name": "", "singularName": "", "namespaced": False, "kind": "", "verbs": []}
    return [{**bare, **each} for each in several(LISTED)(given) if each.get("name")]
