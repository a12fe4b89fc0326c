"""Names in OpenAPI documents: of definitions, tags and discovery operations."""

from __future__ import annotations

import re

from kroute.machinery import gvk

META = "io.k8s.apimachinery.pkg.apis.meta.v1"


def definition(kind: gvk.GroupVersionKind) -> str:
    """The definition of a declared or custom kind: `org.example.toys.v1.Widget` for toys.example.org/v1."""
    return ".".join((*reversed(kind.group.split(".")), kind.version, kind.kind))


def camel(text: str) -> str:
    """`toys.example.org` as it stands in operation ids: ToysExampleOrg."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text))


def group_words(group: str) -> str:
    """A group in operation ids: `Core`, `Apps`, `Scheduling` (a `.k8s.io` ending is left out)."""
    if not group:
        return "Core"
    return camel(group.removesuffix(".k8s.io"))


def tag(group_version: gvk.GroupVersion) -> str:
    """The tag of a group-version's operations: `core_v1`, `toysExampleOrg_v1`."""
    words = group_words(group_version.group)
    return f"{words[:1].lower()}{words[1:]}_{group_version.version}"


def document(group_version: gvk.GroupVersion) -> str:
    """The key of a group-version's document in the OpenAPI v3 index."""
    return f"apis/{group_version}" if group_version.group else f"api/{group_version}"


def reference(name: str) -> dict[str, str]:
    """A reference to a definition in an OpenAPI v3 document."""
    return {"$ref": f"#/components/schemas/{name}"}
