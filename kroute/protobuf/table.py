"""The messages of Kubernetes' protobuf encoding: field numbers, names and types, as data.

Messages are named as Go's types are elsewhere (`core.v1.Pod`, `meta.v1.ObjectMeta`, `resource.Quantity`), fields as in
JSON.  The facts are in `data/fields.json`; they are those of Kubernetes' `generated.proto` files.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Final, Literal, NamedTuple

import orjson

from kroute.machinery import gvk

Label = Literal["one", "list", "map"]

SCALARS: Final = frozenset({"string", "bytes", "bool", "int32", "int64", "double"})
GROUPS: Final[Mapping[str, str]] = {
    "": "core",
    "admission.k8s.io": "admission",
    "admissionregistration.k8s.io": "admissionregistration",
    "apidiscovery.k8s.io": "apidiscovery",
    "apiextensions.k8s.io": "apiextensions",
    "apiregistration.k8s.io": "apiregistration",
    "apps": "apps",
    "authentication.k8s.io": "authentication",
    "authorization.k8s.io": "authorization",
    "autoscaling": "autoscaling",
    "batch": "batch",
    "certificates.k8s.io": "certificates",
    "coordination.k8s.io": "coordination",
    "discovery.k8s.io": "discovery",
    "events.k8s.io": "events",
    "flowcontrol.apiserver.k8s.io": "flowcontrol",
    "meta.k8s.io": "meta",
    "networking.k8s.io": "networking",
    "node.k8s.io": "node",
    "policy": "policy",
    "rbac.authorization.k8s.io": "rbac",
    "resource.k8s.io": "resource",
    "scheduling.k8s.io": "scheduling",
    "storage.k8s.io": "storage",
}
META_KINDS: Final = frozenset(
    {
        "APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "CreateOptions", "DeleteOptions", "GetOptions",
        "ListOptions", "PartialObjectMetadata", "PatchOptions", "Status", "UpdateOptions", "WatchEvent",
    }
)  # fmt: skip
"""Kinds of meta/v1 that appear under the group-versions of others."""

KINDS_WITHOUT_METADATA: Final = frozenset({"AdmissionReview", "WatchEvent"}) | META_KINDS


class Field(NamedTuple):
    """A field of a message.  `type` is a scalar or the name of a message; the keys of maps are strings.

    `inline`: in JSON the fields of the message stand in the object that holds it.
    """

    number: int
    name: str
    type: str
    label: Label
    inline: bool


class Table:
    """All messages by name."""

    def __init__(self, messages: Mapping[str, Mapping[str, list[str]]]) -> None:
        self._messages = messages

    @classmethod
    def load(cls) -> Table:
        """The messages of Kubernetes' stable groups."""
        return cls(orjson.loads(resources.files("kroute.protobuf").joinpath("data", "fields.json").read_bytes()))

    def __contains__(self, name: str) -> bool:
        return name in self._messages

    def names(self) -> list[str]:
        return list(self._messages)

    def fields(self, name: str) -> list[Field]:
        """The fields of a message by number.  Raises KeyError."""
        return [field_of(int(number), *entry) for number, entry in self._messages[name].items()]

    def find(self, kind: gvk.GroupVersionKind) -> str | None:
        """The message of a kind; None for a kind that has no protobuf encoding."""
        package = GROUPS.get(kind.group)
        if package is None:
            return None
        name = f"{package}.{kind.version}.{kind.kind}"
        if name in self._messages and self.is_kind(name):
            return name
        name = f"meta.v1.{kind.kind}"
        return name if kind.kind in META_KINDS and name in self._messages else None

    def is_kind(self, name: str) -> bool:
        """Whether the message can stand alone, not only inside another."""
        kind = name.rpartition(".")[2]
        return (
            kind in KINDS_WITHOUT_METADATA
            or kind.endswith("Options")
            or any(entry[0] == "metadata" for entry in self._messages[name].values())
        )


def field_of(number: int, name: str, kind: str, *flags: str) -> Field:
    label, space, element = kind.partition(" ")
    if not space:
        return Field(number, name, kind, "one", "inline" in flags)
    return Field(number, name, element, "list" if label == "list" else "map", "inline" in flags)
