"""The definitions that documents refer to: of declared kinds, and of Kubernetes' own.

Kubernetes' definitions keep their names; a declared kind is named after its group, turned around.
Mirrors `k8s.io/apiextensions-apiserver/pkg/controller/openapi/builder`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kroute.machinery import gvk
from kroute.openapi import annotating, names
from kroute.schema import builtin, documents, structural

VERSION_TEXT = (
    "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized "
    "schemas to the latest internal value, and may reject unrecognized values. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"
)
KIND_TEXT = (
    "Kind is a string value representing the REST resource this object represents. Servers may infer this from the "
    "endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"
)
CONVENTIONS = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
EMBEDDED_VERSION_TEXT = (
    f"apiVersion defines the versioned schema of this representation of an object. More info: {CONVENTIONS}#resources"
)
EMBEDDED_KIND_TEXT = (
    f"kind is a string value representing the type of this object. In CamelCase. More info: {CONVENTIONS}#types-kinds"
)
METADATA_TEXT = f"Standard object's metadata. More info: {CONVENTIONS}#metadata"
LIST_METADATA_TEXT = f"Standard list metadata. More info: {CONVENTIONS}#types-kinds"


class Declared(NamedTuple):
    """A declared kind, whose definitions are made when a document is."""

    kind: gvk.GroupVersionKind
    schema: structural.Structural
    of_list: gvk.GroupVersionKind
    plural: str
    selectable: tuple[str, ...]

    def definition(self, name: str) -> dict[str, Any]:
        """That of the kind or, going by the name, of its list."""
        fields = [{"fieldPath": each} for each in self.selectable]
        more = {"x-kubernetes-selectable-fields": fields} if fields else {}
        own = names.definition(self.kind)
        if name == own:
            shown = object_schema(self.kind, embedded(documents.published(documents.to_openapi_v3(self.schema))))
            return {**shown, **more}
        return {**list_schema(self.of_list, own, self.plural, self.kind.kind), **more}


class Definitions:
    """Definitions by name: those added, then those of `sources`, in order, with what `annotations` add to them.

    These are for a server of Kubernetes' own kinds, whose documents are to say all that kube-apiserver's say."""

    def __init__(
        self, sources: Iterable[builtin.Definitions], *, annotations: annotating.Annotations | None = None
    ) -> None:
        self._sources, self._annotations = list(sources), annotations
        self._declared: dict[str, Declared] = {}
        self._names: dict[gvk.GroupVersionKind, str] = {}

    def add(
        self,
        kind: gvk.GroupVersionKind,
        schema: structural.Structural,
        *,
        list_kind: str,
        plural: str,
        selectable: Iterable[str] = (),
    ) -> None:
        """Define a declared kind and its list; `selectable` are its fields for selectors."""
        found = Declared(kind, schema, kind._replace(kind=list_kind), plural, tuple(selectable))
        name, list_name = names.definition(kind), names.definition(found.of_list)
        self._names[kind], self._names[found.of_list] = name, list_name
        self._declared[name] = self._declared[list_name] = found

    def remove(self, group_version: gvk.GroupVersion) -> None:
        """Forget the declared kinds of a group-version."""
        for kind in [kind for kind in self._names if kind.group_version == group_version]:
            name = self._names.pop(kind)
            self._declared.pop(name, None)

    def name(self, kind: gvk.GroupVersionKind) -> str:
        """The definition's name of a kind."""
        found = self._names.get(kind)
        if found is not None:
            return found
        for source in self._sources:
            known = source.name_of(kind)
            if known is not None:
                return known
        return names.definition(kind)

    def schema(self, name: str) -> Mapping[str, Any]:
        """The definition of that name.  One that nobody has is any object."""
        if name in self._declared:
            return self._declared[name].definition(name)
        for source in self._sources:
            if name in source:
                schema = source.schema(name)
                if self._annotations is not None:
                    self._annotations.annotate(name, schema)
                return documents.published(schema)
        return {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def embedded(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with what every object has also for the objects in it; it is changed."""
    for holder in (*(schema.get("properties") or {}).values(), schema.get("items"), schema.get("additionalProperties")):
        if isinstance(holder, dict):
            embedded(holder)
    if schema.get("x-kubernetes-embedded-resource"):
        schema["properties"] = {
            **(schema.get("properties") or {}),
            "apiVersion": {"description": EMBEDDED_VERSION_TEXT, "type": "string"},
            "kind": {"description": EMBEDDED_KIND_TEXT, "type": "string"},
            "metadata": {"description": METADATA_TEXT, "allOf": [names.reference(f"{names.META}.ObjectMeta")]},
        }
        required = schema.get("required") or []
        schema["required"] = [*required, *(each for each in ("kind", "apiVersion") if each not in required)]
    return schema


def object_schema(kind: gvk.GroupVersionKind, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object: as declared, and with what every object has."""
    found = dict(schema)
    found["type"] = "object"
    found["properties"] = {
        **found.get("properties", {}),
        "apiVersion": {"description": VERSION_TEXT, "type": "string"},
        "kind": {"description": KIND_TEXT, "type": "string"},
        "metadata": {"description": METADATA_TEXT, "allOf": [names.reference(f"{names.META}.ObjectMeta")]},
    }
    found["x-kubernetes-group-version-kind"] = [kind_entry(kind)]
    return found


def list_schema(kind: gvk.GroupVersionKind, item: str, plural: str, item_kind: str) -> dict[str, Any]:
    return {
        "description": f"{kind.kind} is a list of {item_kind}",
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": {"description": VERSION_TEXT, "type": "string"},
            "items": {
                "description": f"List of {plural}. More info: {CONVENTIONS}",
                "type": "array",
                "items": names.reference(item),
            },
            "kind": {"description": KIND_TEXT, "type": "string"},
            "metadata": {"description": LIST_METADATA_TEXT, "allOf": [names.reference(f"{names.META}.ListMeta")]},
        },
        "x-kubernetes-group-version-kind": [kind_entry(kind)],
    }


def kind_entry(kind: gvk.GroupVersionKind) -> dict[str, str]:
    return {"group": kind.group, "kind": kind.kind, "version": kind.version}
