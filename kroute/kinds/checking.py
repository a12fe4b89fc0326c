"""Whether a declared resource makes sense: names, versions, columns, paths.

What is wrong is found when the resource is declared, all of it at once, and said so that one knows what to mend.
The rules are those of CustomResourceDefinitions, so that what passes here can be exported to a cluster.
Mirrors `pkg/apis/apiextensions/validation` of k8s.io/apiextensions-apiserver.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kroute.kinds import definition
from kroute.machinery import jsonpath, names
from kroute.schema import structural
from kroute.storage import capabilities, paths

COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = ("", "byte", "date", "date-time", "double", "float", "int32", "int64", "password")
SELECTABLE_TYPES = ("boolean", "integer", "string")
SELECTABLE_LIMIT = 8
KIND = re.compile(r"[A-Z][A-Za-z0-9]*")
SIMPLE_PATH = re.compile(r"(\.[A-Za-z_][A-Za-z0-9_-]*)+")


def check(resource: definition.Resource) -> None:
    """Raises InstallError with everything that is wrong with the resource."""
    problems = [*_names(resource), *_versions(resource)]
    for version in resource.versions:
        problems += (f"version {version.name}: {problem}" for problem in _version(version))
    if problems:
        raise capabilities.InstallError(f"{resource.kind or 'a resource without kind'}: {'; '.join(problems)}")


def _names(resource: definition.Resource) -> Iterator[str]:
    if not KIND.fullmatch(resource.kind):
        yield f"kind {resource.kind!r} must begin with a capital letter and have letters and digits only, as Widget"
    elif resource.kind.endswith("List"):
        yield f"kind {resource.kind!r} must not end in List, which is for lists of a kind"
    if "." not in resource.group:
        yield f"group {resource.group!r} must be a domain name with a dot in it, as toys.example.org"
    elif wrong := names.dns1123_subdomain(resource.group):
        yield f"group {resource.group!r} is no domain name: {wrong[0]}"
    words = [("plural", resource.plural), ("singular", resource.singular)]
    words += (("short name", name) for name in resource.short_names)
    words += (("category", name) for name in resource.categories)
    for what, word in words:
        if wrong := names.dns1035_label(word):
            yield f"{what} {word!r} can't stand in paths and commands: {wrong[0]}"
    taken = {resource.plural, resource.singular}
    for name in resource.short_names:
        if name in taken:
            yield f"short name {name!r} is there twice"
        taken.add(name)


def _versions(resource: definition.Resource) -> Iterator[str]:
    if not resource.versions:
        yield "it has no version"
        return
    if (repeated := _repeated(version.name for version in resource.versions)) is not None:
        yield f"version {repeated} is there twice"
    storage = [version.name for version in resource.versions if version.storage]
    if not storage:
        yield "no version is the storage version: set storage=True on one"
    elif len(storage) > 1:
        yield f"{' and '.join(storage)} are both storage versions: only one can be"
    if not any(version.served for version in resource.versions):
        yield "no version is served: set served=True on one"
    for version in resource.versions:
        if wrong := names.dns1035_label(version.name):
            yield f"version {version.name!r} is no version name, as v1 or v1beta1: {wrong[0]}"
        if version.storage and (version.to_storage or version.from_storage):
            yield f"version {version.name} is the storage version and needs no conversion"
        elif (version.to_storage is None) != (version.from_storage is None):
            missing = "to_storage" if version.to_storage is None else "from_storage"
            yield f"version {version.name} converts one way only: give {missing} as well"


def _version(version: definition.Version) -> Iterator[str]:
    if version.schema.type not in ("", "object"):
        yield f"its schema is of type {version.schema.type}, but a resource is an object"
    if version.status and _node(version.schema, (("status",))) is None:
        yield "it has the status subresource, but its schema has no `status`"
    yield from _columns(version)
    yield from _selectable(version)
    if version.scale is not None:
        yield from _scale(version, version.scale)


def _columns(version: definition.Version) -> Iterator[str]:
    if (repeated := _repeated(column.name for column in version.columns)) is not None:
        yield f"column {repeated!r} is there twice"
    for column in version.columns:
        if not column.name:
            yield "a column has no name"
        if column.type not in COLUMN_TYPES:
            yield f"column {column.name!r} has type {column.type!r}: it must be one of {', '.join(COLUMN_TYPES)}"
        if column.format not in COLUMN_FORMATS:
            yield f"column {column.name!r} has format {column.format!r}, which is not known"
        if not column.path.startswith("."):
            yield f"column {column.name!r} has path {column.path!r}: it must begin with a dot, as .spec.size"
            continue
        try:
            jsonpath.compiled(column.path)
        except jsonpath.JSONPathError as error:
            yield f"column {column.name!r} has path {column.path!r}, which can't be read: {error}"


def _selectable(version: definition.Version) -> Iterator[str]:
    if len(version.selectable_fields) > SELECTABLE_LIMIT:
        yield f"it has {len(version.selectable_fields)} selectable fields: {SELECTABLE_LIMIT} are possible"
    if (repeated := _repeated(version.selectable_fields)) is not None:
        yield f"selectable field {repeated!r} is there twice"
    for path in version.selectable_fields:
        if not SIMPLE_PATH.fullmatch(path) or path.startswith(".metadata."):
            yield f"selectable field {path!r} must be a plain path outside of metadata, as .spec.color"
            continue
        node = _node(version.schema, paths.split(path))
        if node is None:
            yield f"selectable field {path!r} is not in the schema"
        elif node.type not in SELECTABLE_TYPES:
            yield f"selectable field {path!r} must be a {', '.join(SELECTABLE_TYPES)}, not {node.type or 'anything'}"


def _scale(version: definition.Version, scale: definition.Scale) -> Iterator[str]:
    wanted = [
        ("spec_replicas", scale.spec_replicas, ".spec.", "integer"),
        ("status_replicas", scale.status_replicas, ".status.", "integer"),
    ]
    if scale.label_selector:
        wanted.append(("label_selector", scale.label_selector, "", "string"))
    for name, path, start, kind in wanted:
        if not path.startswith(start) or not SIMPLE_PATH.fullmatch(path):
            below = start or ".spec. or .status."
            yield f"scale: {name} {path!r} must be a plain path below {below}, as {start}replicas"
            continue
        node = _node(version.schema, paths.split(path))
        if node is None:
            yield f"scale: {name} {path!r} is not in the schema: add the field, or name the right one with scale="
        elif node.type != kind and not node.preserve_unknown:
            yield f"scale: {name} {path!r} must be of type {kind}, not {node.type or 'anything'}"


def _node(schema: structural.Structural, keys: Iterable[str]) -> structural.Structural | None:
    """The schema at a path; a part that takes anything stands for all that is below it."""
    node: structural.Structural | None = schema
    for key in keys:
        if node is None:
            return None
        below = node.child(key)
        if below is None and node.preserve_unknown:
            return node
        node = below
    return node


def _repeated(words: Iterable[str]) -> str | None:
    """The first word that is there twice, if there is one."""
    seen: set[str] = set()
    for word in words:
        if word in seen:
            return word
        seen.add(word)
    return None
