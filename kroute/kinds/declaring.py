"""How users say what they serve: a class for a kind, or a plain OpenAPI schema.

    @resource(group="toys.example.org", version="v1", subresources=["status"])
    class Widget(Kind):
        \"\"\"A toy.\"\"\"
        spec = fields.Nested(WidgetSpec, required=True)
        status = fields.Nested(WidgetStatus, dump_only=True)

    widgets = resource(group="toys.example.org", version="v1", kind="Widget", schema={"properties": ...})

Both come to the same `definition.Resource`; what makes no sense is refused here, with what to mend.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

import marshmallow

from kroute.kinds import checking, definition
from kroute.schema import compiling, from_marshmallow, marshmallow_checks, structural
from kroute.storage import capabilities, paths, strategy

SCOPES = {"Namespaced": True, "Cluster": False}
SUBRESOURCES = ("status", "scale")


class Schema(marshmallow.Schema):
    """Base of the schemas that kinds are made of: marshmallow fields, whose metadata may hold a description."""


class Kind(Schema):
    """Base of classes that stand for a kind.  Fields are the object's top level: `spec`, `status` or any others.

    `apiVersion`, `kind` and `metadata` are there by themselves; the docstring is the kind's description."""

    resource: definition.Resource
    """Set by the `resource` decorator."""


Declared = TypeVar("Declared", bound=type[Kind])


def version(
    name: str,
    schema: type[Kind] | Mapping[str, Any],
    *,
    to_storage: definition.Convert | None = None,
    from_storage: definition.Convert | None = None,
    served: bool = True,
    subresources: Sequence[str] = (),
    scale: definition.Scale | None = None,
    columns: Sequence[definition.Column] = (),
    selectable_fields: Sequence[str] = (),
    deprecated: bool = False,
    deprecation_warning: str = "",
) -> definition.Version:
    """A version beside the storage version, for `resource(versions=[...])`.

    `to_storage` makes an object of the storage version of one of this version, `from_storage` the other way; each may
    change the object it gets, and metadata is not theirs to convert.  Without them both versions have the same shape.
    """
    node, validators = compiled(schema, f"version {name}")
    return _version(
        name,
        node,
        validators=validators,
        served=served,
        storage=False,
        subresources=subresources,
        scale=scale,
        columns=columns,
        selectable_fields=selectable_fields,
        deprecated=deprecated or bool(deprecation_warning),
        deprecation_warning=deprecation_warning,
        to_storage=to_storage,
        from_storage=from_storage,
    )


@overload
def resource(
    *,
    group: str,
    version: str,
    schema: Mapping[str, Any],
    kind: str,
    scope: str = ...,
    plural: str | None = ...,
    singular: str | None = ...,
    short_names: Sequence[str] = ...,
    categories: Sequence[str] = ...,
    subresources: Sequence[str] = ...,
    scale: definition.Scale | None = ...,
    columns: Sequence[definition.Column] = ...,
    selectable_fields: Sequence[str] = ...,
    strategy: strategy.Strategy | None = ...,
    versions: Sequence[definition.Version] = ...,
    description: str = ...,
) -> definition.Resource: ...


@overload
def resource(
    *,
    group: str,
    version: str,
    schema: None = ...,
    kind: str | None = ...,
    scope: str = ...,
    plural: str | None = ...,
    singular: str | None = ...,
    short_names: Sequence[str] = ...,
    categories: Sequence[str] = ...,
    subresources: Sequence[str] = ...,
    scale: definition.Scale | None = ...,
    columns: Sequence[definition.Column] = ...,
    selectable_fields: Sequence[str] = ...,
    strategy: strategy.Strategy | None = ...,
    versions: Sequence[definition.Version] = ...,
    description: str = ...,
) -> Callable[[Declared], Declared]: ...


def resource(
    *,
    group: str,
    version: str,
    schema: Mapping[str, Any] | None = None,
    kind: str | None = None,
    scope: str = "Namespaced",
    plural: str | None = None,
    singular: str | None = None,
    short_names: Sequence[str] = (),
    categories: Sequence[str] = (),
    subresources: Sequence[str] = (),
    scale: definition.Scale | None = None,
    columns: Sequence[definition.Column] = (),
    selectable_fields: Sequence[str] = (),
    strategy: strategy.Strategy | None = None,
    versions: Sequence[definition.Version] = (),
    description: str = "",
) -> Any:
    """Declare a resource: as a decorator of a Kind class or, with `schema` (OpenAPI v3), as a plain call.

    `version` is the storage version; `versions` has the others, see `version`.  `scope` is Namespaced or Cluster.
    `plural`, `singular` and `kind` follow from the name of the kind or class.  `subresources` may have status and
    scale; `scale` says where a scale's numbers are, if not in `.spec.replicas` and `.status.replicas`.
    Raises InstallError, a ValueError that says what to mend."""

    def declare(shape: type[Kind] | Mapping[str, Any], name: str, text: str) -> definition.Resource:
        if scope not in SCOPES:
            raise capabilities.InstallError(f"{name}: scope {scope!r} must be Namespaced or Cluster")
        node, validators = compiled(shape, name)
        main = _version(
            version,
            node,
            validators=validators,
            storage=True,
            subresources=subresources,
            scale=scale,
            columns=columns,
            selectable_fields=selectable_fields,
        )
        declared = definition.Resource(
            group=group,
            kind=name,
            plural=plural or plural_of(name),
            singular=singular or name.lower(),
            list_kind=f"{name}List",
            namespaced=SCOPES[scope],
            versions=(main, *versions),
            short_names=tuple(short_names),
            categories=tuple(categories),
            description=description or text,
            strategy=_own(strategy),
            bare_errors=False,
        )
        checking.check(declared)
        return declared

    if schema is not None:
        if not kind:
            raise capabilities.InstallError('a resource made of a plain schema needs its kind: kind="Widget"')
        return declare(schema, kind, str(schema.get("description", "")))

    def decorate(declared: Declared) -> Declared:
        if not _is_kind(declared):
            shown = getattr(declared, "__name__", repr(declared))
            raise capabilities.InstallError(f"{shown}: a class that is a resource must derive from Kind")
        text = inspect.cleandoc(declared.__doc__) if declared.__doc__ else ""
        declared.resource = declare(declared, kind or declared.__name__, text)
        return declared

    return decorate


def resource_of(declared: Any) -> definition.Resource:
    """The resource that a decorated class stands for; a Resource stands for itself.  Raises InstallError."""
    found = vars(declared).get("resource") if isinstance(declared, type) else declared
    if isinstance(found, definition.Resource):
        return found
    shown = getattr(declared, "__name__", repr(declared))
    raise capabilities.InstallError(f"{shown} is no resource: declare it with @resource(group=..., version=...)")


def plural_of(kind: str) -> str:
    """The plural that goes with a kind unless another is given: lower case, with an English ending."""
    word = kind.lower()
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and not word.endswith(("ay", "ey", "oy", "uy")):
        return f"{word[:-1]}ies"
    return f"{word}s"


def _own(given: strategy.Strategy | None) -> strategy.Strategy:
    return strategy.Strategy() if given is None else given


def _is_kind(declared: Any) -> bool:
    return isinstance(declared, type) and issubclass(declared, Kind)


def _version(
    name: str, node: structural.Structural, *, subresources: Sequence[str], scale: definition.Scale | None, **rest: Any
) -> definition.Version:
    if unknown := [each for each in subresources if each not in SUBRESOURCES]:
        raise capabilities.InstallError(f"version {name}: subresources {unknown} are not known: status and scale are")
    if scale is None and "scale" in subresources:
        scale = _usual_scale(node)
    rest["columns"], rest["selectable_fields"] = tuple(rest["columns"]), tuple(rest["selectable_fields"])
    return definition.Version(name=name, schema=node, status="status" in subresources, scale=scale, **rest)


def _usual_scale(node: structural.Structural) -> definition.Scale:
    """Where the numbers of a scale are by custom; the selector only if the schema has it."""
    selector, place = ".status.selector", node
    for key in paths.split(selector):
        place = place.properties.get(key, structural.Structural())
    return definition.Scale(
        spec_replicas=".spec.replicas",
        status_replicas=".status.replicas",
        label_selector=selector if place.type == "string" else "",
    )


def compiled(shape: type[Kind] | Mapping[str, Any], what: str) -> tuple[structural.Structural, Sequence[Any]]:
    """A Kind class or an OpenAPI schema compiled, and the checks that it can't say.  Raises InstallError."""
    try:
        if isinstance(shape, type):
            checks = marshmallow_checks.Checks(shape)
            return compiling.compile_schema(checks.json_schema), (checks,) if checks.needed else ()
        return compiling.compile_schema({"type": "object", **shape}), ()
    except (compiling.SchemaError, from_marshmallow.UnsupportedSchema) as error:
        raise capabilities.InstallError(f"{what}: its schema can't be used: {error}") from error
