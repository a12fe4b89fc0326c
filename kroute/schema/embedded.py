"""Resources inside of resources (`x-kubernetes-embedded-resource`): their kind and metadata.

Mirrors `pkg/apiserver/schema/objectmeta` of apiextensions-apiserver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kroute.machinery import fielderrors, gvk, names, objects
from kroute.schema import godecoding, showing, structural

# Checks an embedded object's metadata, at a path; `kroute.machinery.metavalidation` has such functions.
MetaCheck = Callable[[Mapping[str, Any], str], Iterable[fielderrors.FieldError]]

OBJECT_META = "meta.v1.ObjectMeta"


class Embedded:
    """The embedded resources of one schema.  Schemas without any cost nothing."""

    def __init__(self, schema: structural.Structural, decoder: godecoding.Decoder) -> None:
        self.schema, self.decoder = schema, decoder
        self.wanted = structural.holders(schema, lambda node: node.embedded_resource)

    def find(self, value: Any, node: structural.Structural | None = None, path: str = "") -> Iterator[tuple[str, Any]]:
        """Path and object of each embedded resource, outer ones first."""
        node = node or self.schema
        if id(node) not in self.wanted:
            return
        if type(value) is dict:
            if node.embedded_resource:
                yield path, value
            for key, item in value.items():
                child = node.child(key)
                if child is not None:
                    yield from self.find(item, child, below(path, key, key in node.properties))
        elif type(value) is list and node.items is not None:
            for index, item in enumerate(value):
                yield from self.find(item, node.items, f"{path}[{index}]")

    def coerce(self, obj: objects.Object) -> list[str]:
        """Bring embedded metadata into its typed form, in place; returns the paths of its unknown fields, sorted.

        Raises DecodeError.
        """
        unknown: list[str] = []
        for path, found in self.find(obj):
            for key in ("apiVersion", "kind"):
                if key in found and type(found[key]) is not str:
                    raise godecoding.DecodeError(str(not_a_string(f"{path}.{key}", found[key])))
            if "metadata" in found:
                found["metadata"], surplus = self.metadata(found["metadata"], f"{path}.metadata")
                unknown += surplus
        return sorted(unknown)

    def metadata(self, value: Any, path: str) -> tuple[objects.Object, list[str]]:
        try:
            decoded = self.decoder.decode(OBJECT_META, {} if value is None else value)
        except godecoding.DecodeError as error:
            raise godecoding.DecodeError(
                str(fielderrors.invalid(path, showing.sorted_keys(value), str(error)))
            ) from None
        return decoded.obj, [f"{path}.{field}" for field in field_paths(decoded.strict)]

    def validate(self, obj: objects.Object, check_metadata: MetaCheck) -> Iterator[fielderrors.FieldError]:
        """What is wrong with the embedded resources' types and metadata."""
        for path, found in self.find(obj):
            for key in ("apiVersion", "kind"):
                if key not in found:
                    yield fielderrors.required(f"{path}.{key}")
            yield from self.check_type(found, path)
            if type(found.get("metadata")) is dict:
                yield from check_metadata(found["metadata"], f"{path}.metadata")

    def check_type(self, found: objects.Object, path: str) -> Iterator[fielderrors.FieldError]:
        for key in found.keys() & {"apiVersion", "kind"}:
            value, place = found[key], f"{path}.{key}"
            if type(value) is not str:
                yield not_a_string(place, value)
            elif not value:
                yield fielderrors.invalid(place, value, "must not be empty")
            elif key == "apiVersion":
                if problem := version_problem(value):
                    yield fielderrors.invalid(place, value, problem)
            elif wrong := names.dns1035_label(value.lower()):
                rule = f"may have mixed case, but should otherwise match: {','.join(wrong)}"
                yield fielderrors.invalid(place, value, rule)


def below(path: str, key: str, declared: bool) -> str:
    """The path of a field, or of a map's entry."""
    if not declared:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def field_paths(strict: Iterable[str]) -> list[str]:
    """The paths that strict errors of decoding name."""
    return [text.partition('"')[2].removesuffix('"') for text in strict]


def not_a_string(path: str, value: Any) -> fielderrors.FieldError:
    return fielderrors.invalid(path, value, "must be a string")


def version_problem(api_version: str) -> str | None:
    try:
        gvk.GroupVersion.parse(api_version)
    except ValueError as error:
        return str(error)
    return None
