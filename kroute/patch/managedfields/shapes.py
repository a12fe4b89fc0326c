"""Shapes: what field ownership needs to know of a schema.

A shape says whether a value is a leaf, a map whose fields are owned one by one, a list whose items are told apart by
keys or by value, or an atomic container that is owned as one leaf.  Shapes are made from `Structural` nodes when first
asked for and kept; a `Shapes` may serve many field managers, which then share them.
Mirrors `k8s.io/kube-openapi/pkg/schemaconv`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.patch.managedfields import elements
from kroute.schema import structural

ABSENT = structural.UNSET


class Shape:
    """One node.  A schema without a type allows several forms at once; the value decides.

    `scalar` is "", "string", "numeric", "boolean" or "untyped"; `keys` are a list's key fields, sorted: name, how it
    begins in an element, default; None for a set.
    """

    __slots__ = (
        "fields",
        "is_list",
        "is_map",
        "item_shape",
        "keys",
        "list_atomic",
        "map_atomic",
        "origin",
        "other",
        "scalar",
    )

    def __init__(
        self,
        *,
        scalar: str = "",
        is_map: bool = False,
        map_atomic: bool = False,
        is_list: bool = False,
        list_atomic: bool = True,
    ) -> None:
        self.scalar = scalar
        self.is_map, self.map_atomic = is_map, map_atomic
        self.is_list, self.list_atomic = is_list, list_atomic
        self.keys: tuple[tuple[str, str, Any], ...] | None = None
        self.fields: dict[str, Shape | None] = {}
        self.other: Shape | None = None
        self.item_shape: Shape | None = None
        self.origin: Origin | None = None

    def field(self, name: str) -> Shape | None:
        """The shape of a map's field; None when the schema has no such field."""
        if name in self.fields:
            return self.fields[name] or self.grow(name)
        return self.other if self.origin is None else self.free()

    def declares(self, name: str) -> bool:
        """Whether the schema names the field, as opposed to allowing any."""
        return name in self.fields

    def grow(self, name: str) -> Shape:
        assert self.origin is not None
        made = self.fields[name] = self.origin.property(name)
        return made

    def free(self) -> Shape | None:
        """The shape of fields that the schema doesn't name."""
        if self.other is None and self.origin is not None:
            self.other = self.origin.additional()
        return self.other

    def item(self) -> Shape:
        """The shape of a list's items."""
        if self.item_shape is None:
            self.item_shape = self.origin.items() if self.origin is not None else self
        return self.item_shape

    def element(self, item: Any) -> str:
        """The path element of an item of a list that isn't atomic.  Raises ElementError when it has none."""
        if self.keys is None:
            return set_element(item)
        if type(item) is not dict:
            what = "a null element" if item is None else "non-map elements"
            raise elements.ElementError(f"associative list with keys may not have {what}")
        members = []
        for name, prefix, default in self.keys:
            value = item.get(name, default)
            if value is not ABSENT:
                members.append(prefix + elements.scalar(value))
        if not members:
            names = " ".join(f'"{name}"' for name, _, _ in self.keys)
            what = f"omits all key fields [{names}] (and doesn't have default values for any key fields)"
            raise elements.ElementError(f"associative list with keys has an element that {what}")
        return f"k:{{{','.join(members)}}}"


def set_element(item: Any) -> str:
    kind = type(item)
    if kind is dict:
        raise elements.ElementError("associative list without keys has an element that's a map type")
    if kind is list:
        raise elements.ElementError("not supported: associative list with lists as elements")
    if item is None:
        raise elements.ElementError("associative list without keys has an element that's an explicit null")
    return f"v:{elements.scalar(item)}"


def atomic_any() -> Shape:
    """Anything, owned as a whole."""
    return Shape(scalar="untyped", is_map=True, map_atomic=True, is_list=True)


def deduced_any() -> Shape:
    """Anything: maps are owned by their fields, lists as a whole."""
    shape = Shape(scalar="untyped", is_map=True, is_list=True)
    shape.other = shape
    shape.item_shape = atomic_any()
    return shape


DEDUCED = deduced_any()


class Origin:
    """Where a shape comes from, to make the shapes below it."""

    __slots__ = ("open", "owner", "schema")

    def __init__(self, owner: Shapes, schema: structural.Structural, *, open_: bool) -> None:
        self.owner, self.schema, self.open = owner, schema, open_

    def property(self, name: str) -> Shape:
        return self.owner.of(self.schema.properties[name], open_=self.open)

    def additional(self) -> Shape | None:
        if self.schema.additional is not None:
            return self.owner.of(self.schema.additional, open_=self.open)
        return DEDUCED if self.open or not self.schema.properties else None

    def items(self) -> Shape:
        return atomic_any() if self.schema.items is None else self.owner.of(self.schema.items, open_=self.open)


class Shapes:
    """Makes shapes, one for each schema node."""

    def __init__(self) -> None:
        # by the node's id; the origin keeps the node alive
        self.made: dict[tuple[int, bool], Shape] = {}

    def of(self, schema: structural.Structural, *, open_: bool = False) -> Shape:
        """The shape of a schema.  `open_`: a schema above it preserves unknown fields, which goes for all below it."""
        open_ = open_ or schema.preserve_unknown
        found = self.made.get((id(schema), open_))
        if found is None:
            found = self.made[id(schema), open_] = self.make(schema, open_=open_)
        return found

    def root(self, schema: structural.Structural, object_meta: structural.Structural) -> Shape:
        """The shape of a whole object: what every object has is added where the schema leaves it out."""
        text = structural.Structural(type="string")
        missing = {name: text for name in ("apiVersion", "kind") if name not in schema.properties}
        metadata = schema.properties.get("metadata")
        if metadata is None or "managedFields" not in metadata.properties:
            missing["metadata"] = object_meta
        whole = structural.Structural(
            type="object",
            properties={**schema.properties, **missing},
            additional=schema.additional,
            preserve_unknown=schema.preserve_unknown or (schema.additional is None and not schema.properties),
        )
        shape = self.of(whole)
        for name, node in missing.items():
            shape.fields[name] = self.of(node)  # closed, even where the schema preserves unknown fields
        return shape

    def make(self, schema: structural.Structural, *, open_: bool) -> Shape:
        if schema.definition == RAW_EXTENSION:
            return atomic_any()
        any_type = not schema.type and not schema.int_or_string and schema.definition != QUANTITY
        shape = Shape(
            scalar=scalar_type(schema),
            is_map=any_type or schema.type == "object",
            map_atomic=schema.map_type == "atomic",
            is_list=any_type or schema.type == "array",
            list_atomic=schema.list_type == "atomic",
        )
        shape.origin = Origin(self, schema, open_=open_)
        shape.fields = dict.fromkeys(schema.properties)
        if schema.list_type == "map":
            shape.keys = tuple(
                (name, f"{elements.scalar(name)}:", self.key_default(schema, name)) for name in sorted(schema.map_keys)
            )
        return shape

    def key_default(self, schema: structural.Structural, name: str) -> Any:
        """What a key field counts as where an item leaves it out."""
        items = schema.items or structural.Structural()
        found = items.properties.get(name)
        if found is None:
            return ABSENT
        if found.default is not ABSENT and found.default is not None:
            return found.default
        if not items.definition.startswith(KUBERNETES):
            return ABSENT
        zero = ZEROS.get(found.type, ABSENT) if name in items.required else ABSENT
        return KEY_DEFAULTS.get((items.definition, name), zero)


KUBERNETES = "io.k8s."  # how the names of definitions begin that have Go types; fields of these are never unset
RAW_EXTENSION = "io.k8s.apimachinery.pkg.runtime.RawExtension"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"

ZEROS: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}
KEY_DEFAULTS: Mapping[tuple[str, str], Any] = {
    ("io.k8s.api.core.v1.ContainerPort", "protocol"): "TCP",
    ("io.k8s.api.core.v1.ServicePort", "protocol"): "TCP",
}
"""Defaults of key fields that are declared in Go but missing from the published schemas."""


def scalar_type(schema: structural.Structural) -> str:
    if schema.int_or_string or not schema.type or schema.definition == QUANTITY:
        return "untyped"
    if schema.type in ("integer", "number"):
        return "numeric"
    if schema.type == "string":
        written = schema.format or schema.source.get("format") or ""  # also a format that nothing else knows
        return "string" if written in ("", "byte") else "untyped"
    return "boolean" if schema.type == "boolean" else ""
