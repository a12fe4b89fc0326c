"""Schemas compiled for one test each, and the decoder that all share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from kroute.machinery import fielderrors, objects
from kroute.schema import coercing, compiling, godecoding, gotypes, validation


class Custom(NamedTuple):
    """A custom resource's schema at work."""

    coercer: coercing.Coercer
    validator: validation.Validator

    def take(self, obj: Mapping[str, Any]) -> tuple[objects.Object, list[str]]:
        """A copy of the object as it is after decoding, and what strict field validation says."""
        taken = objects.copy(dict(obj))
        strict = self.coercer.coerce(taken)
        self.coercer.default(taken)
        return taken, strict

    def spec(self, spec: Any) -> Any:
        """The spec as it is after decoding."""
        return self.take({"spec": spec})[0].get("spec", "absent")

    def causes(self, spec: Any, old: Any = None) -> list[tuple[str, str, str]]:
        """Reason, field and message of each cause for a spec, or for one that replaces `old`."""
        new = self.take({"spec": spec})[0]
        found = self.validator.validate(new, None if old is None else {"spec": old})
        return [
            (cause["reason"], cause["field"], cause["message"]) for cause in map(fielderrors.FieldError.cause, found)
        ]


@pytest.fixture(scope="session")
def decoder() -> godecoding.Decoder:
    return godecoding.Decoder(gotypes.Types.load())


@pytest.fixture
def custom(decoder: godecoding.Decoder) -> Callable[..., Custom]:
    """Make a custom resource from the schema of its spec's fields, or from a whole schema."""

    def make(properties: dict[str, Any] | None = None, *, schema: dict[str, Any] | None = None, **rest: Any) -> Custom:
        spec = {"type": "object", "properties": properties or {}, **rest}
        node = compiling.compile_schema(schema or {"type": "object", "properties": {"spec": spec}})
        validator = validation.Validator(node, decoder=decoder, check_metadata=lambda meta, path: ())
        return Custom(coercing.Coercer(node, decoder), validator)

    return make
