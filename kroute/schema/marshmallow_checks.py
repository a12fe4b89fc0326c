"""The part of a marshmallow schema's validation that has no form in JSON schema, run by marshmallow itself.

Functions as validators, `@validates` and `@validates_schema` methods, fields with a format of their own.  Only the
parts of an object that need it are handed to marshmallow.  Run it on objects that their JSON schema found valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import marshmallow
from marshmallow import fields

from kroute.machinery import fielderrors
from kroute.schema import from_marshmallow

HOOKS = ("validates", "validates_schema", "pre_load")


@dataclass(slots=True, eq=False)
class Part:
    """What to do with the value at one place: hand it to `own` or `schema`, or look below."""

    own: fields.Field[Any] | None = None
    schema: marshmallow.Schema | None = None
    below: dict[str, Part] = field(default_factory=dict)
    each: Part | None = None  # for items of lists and values of dicts

    @property
    def needed(self) -> bool:
        return bool(self.own or self.schema or self.below or self.each)


class Checks:
    """The checks of one marshmallow schema."""

    def __init__(self, schema: from_marshmallow.SchemaClass | marshmallow.Schema) -> None:
        self.json_schema, instance, own = from_marshmallow.convert_with_checks(schema)
        self.own = {id(found) for found in own}
        self.root = self.schema_part(instance)

    @property
    def needed(self) -> bool:
        """Whether there is anything that the JSON schema doesn't say."""
        return self.root.needed

    def check(self, obj: Any, path: str = "") -> Iterator[fielderrors.FieldError]:
        """What marshmallow finds wrong with an object, or with the part of one at the path."""
        return find(self.root, obj, path)

    def schema_part(self, schema: marshmallow.Schema) -> Part:
        if schema.unknown == marshmallow.RAISE:
            schema.unknown = marshmallow.EXCLUDE  # unknown fields are somebody else's concern
        hooks: dict[str, Any] = getattr(schema, "_hooks", {})
        if any(hooks.get(name) for name in HOOKS):
            return Part(schema=schema)
        parts = {found.data_key or name: self.field_part(found) for name, found in schema.fields.items()}
        return Part(below={name: part for name, part in parts.items() if part.needed})

    def field_part(self, found: fields.Field[Any]) -> Part:
        if id(found) in self.own:
            return Part(own=found)
        if isinstance(found, fields.Nested) and not isinstance(found, fields.Pluck):
            below = self.schema_part(found.schema)
            return Part(each=below) if found.many and below.needed else below
        if isinstance(found, fields.List):
            inner: fields.Field[Any] | None = found.inner
        else:
            inner = found.value_field if isinstance(found, fields.Mapping) else None
        below = self.field_part(inner) if inner is not None else Part()
        return Part(each=below) if below.needed else Part()


def find(part: Part, value: Any, path: str) -> Iterator[fielderrors.FieldError]:
    if part.own is not None:
        if value is not None:
            yield from deserialized(part.own, value, path)
    elif part.schema is not None:
        if type(value) is dict:
            yield from worded(part.schema.validate(value, many=False), value, path)
    elif type(value) is list and part.each is not None:
        for index, item in enumerate(value):
            yield from find(part.each, item, f"{path}[{index}]")
    elif type(value) is dict:
        for key, item in value.items():
            below = part.each or part.below.get(key)
            if below is not None:
                yield from find(below, item, f"{path}.{key}" if path else key)


def deserialized(own: fields.Field[Any], value: Any, path: str) -> Iterator[fielderrors.FieldError]:
    """Let a field read the value, its validators included."""
    try:
        own.deserialize(value)
    except marshmallow.ValidationError as error:
        yield from worded(error.messages, value, path, mapping=isinstance(own, fields.Mapping))


def worded(messages: Any, value: Any, path: str, *, mapping: bool = False) -> Iterator[fielderrors.FieldError]:
    """marshmallow's nested messages as field errors."""
    if isinstance(messages, str):
        messages = [messages]
    if isinstance(messages, list):
        for message in messages:
            yield fielderrors.invalid(path or "<nil>", value, str(message))
        return
    for key, below in messages.items():
        if key == marshmallow.exceptions.SCHEMA:
            yield from worded(below, value, path)
            continue
        place = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}" if path else str(key)
        if mapping and isinstance(below, dict):  # of a dict's entry: what is wrong with its key, its value
            for problem in below.values():
                yield from worded(problem, child(value, key), place)
        else:
            yield from worded(below, child(value, key), place)


def child(value: Any, key: Any) -> Any:
    """The part of a value that a message is about; None when it isn't there."""
    if isinstance(value, dict):
        return value.get(key)
    return value[key] if isinstance(value, list) and isinstance(key, int) and key < len(value) else None
