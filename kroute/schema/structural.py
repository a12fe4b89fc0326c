"""The structural schema: the one model of what an object may hold.

marshmallow classes, Kubernetes' JSON schemas and CRDs' `openAPIV3Schema` all compile to trees of `Structural`; pruning,
defaulting, validation, patching, field ownership and the OpenAPI documents read nothing else.  A tree is made once
and never changed after; nodes are shared, and schemas that refer to themselves make cycles.
Mirrors `k8s.io/apiextensions-apiserver/pkg/apiserver/schema`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kroute.schema import patterns

ListType = Literal["atomic", "set", "map"]
MapType = Literal["granular", "atomic"]


class Unset:
    """Stands for "no default", as null can be one."""


UNSET = Unset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `x-kubernetes-validations`."""

    rule: str
    message: str = ""
    message_expression: str = ""
    reason: str = ""
    field_path: str = ""
    optional_old_self: bool | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Structural:
    """One node: what the value at one place may be.

    `type` is object, array, string, integer, number, boolean, or "" for any.  `additional` is the schema of an
    object's other values (None: there are none).  `list_type` and `map_type` say how field managers share the value;
    `merge_key` and `patch_strategies` how a strategic merge patch treats it.  `definition` is the name of the
    definition that the node stands for (`io.k8s.api.core.v1.PodSpec`), "" for a schema written in place.  `source` is
    the JSON schema (OpenAPI v3, as written) that the node came from, for documents; no request reads it.
    `one_of`, `all_of`, `any_of`, `negated` are value validations beside the structure.
    """

    type: str = ""
    definition: str = ""
    description: str = ""
    nullable: bool = False
    default: Any = UNSET

    properties: dict[str, Structural] = field(default_factory=dict)
    additional: Structural | None = None
    items: Structural | None = None
    required: tuple[str, ...] = ()

    int_or_string: bool = False
    preserve_unknown: bool = False
    embedded_resource: bool = False
    list_type: ListType = "atomic"
    map_keys: tuple[str, ...] = ()
    map_type: MapType = "granular"
    merge_key: str = ""
    patch_strategies: tuple[str, ...] = ()

    format: str = ""
    enum: tuple[Any, ...] | None = None
    pattern: patterns.Pattern | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    min_properties: int | None = None
    max_properties: int | None = None
    all_of: tuple[Structural, ...] = ()
    any_of: tuple[Structural, ...] = ()
    one_of: tuple[Structural, ...] = ()
    negated: Structural | None = None
    rules: tuple[Rule, ...] = ()

    source: Mapping[str, Any] = field(default_factory=dict)

    def child(self, name: str) -> Structural | None:
        """The schema of an object's field, declared or additional; None when it may not be there."""
        return self.properties.get(name, self.additional)

    def children(self) -> Iterator[Structural]:
        """The nodes one step down: fields, other values, items; not the value validations."""
        yield from self.properties.values()
        if self.additional is not None:
            yield self.additional
        if self.items is not None:
            yield self.items


def holders(root: Structural, wanted: Callable[[Structural], bool]) -> set[int]:
    """The ids of the nodes that are wanted or lead to one that is; what is not among them needs no visit."""
    parents: dict[int, list[Structural]] = {}
    seen, todo, hits = {id(root)}, [root], []
    while todo:
        node = todo.pop()
        if wanted(node):
            hits.append(node)
        for child in node.children():
            parents.setdefault(id(child), []).append(node)
            if id(child) not in seen:
                seen.add(id(child))
                todo.append(child)
    found: set[int] = set()
    while hits:
        node = hits.pop()
        if id(node) not in found:
            found.add(id(node))
            hits.extend(parents.get(id(node), ()))
    return found
