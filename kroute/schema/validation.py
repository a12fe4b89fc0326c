"""Validation of custom objects by their schema: values, list types, embedded resources, rules.

Mirrors what apiextensions-apiserver's strategy for custom resources asks of a schema.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from kroute.machinery import fielderrors, objects
from kroute.schema import accepting, correlating, embedded, explaining, godecoding, listtypes, structural

BLOCKING = frozenset(
    {
        fielderrors.NOT_SUPPORTED,
        fielderrors.REQUIRED,
        fielderrors.TOO_LONG,
        fielderrors.TOO_MANY,
        fielderrors.TYPE_INVALID,
    }
)
UNCHECKED = (
    "some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)


class Rules(Protocol):
    """Evaluates `x-kubernetes-validations` of one schema.

    `warn` is told of rules that an object breaks, but with values that were so before; `problems` is what is wrong
    with the rules themselves."""

    def evaluate(
        self, obj: objects.Object, old: objects.Object | None, *, warn: Callable[[str], None] | None = None
    ) -> list[fielderrors.FieldError]: ...

    def problems(self) -> Iterable[str]: ...


class Validator:
    """Validates objects of one schema.

    `validate` does everything in kube-apiserver's order; its parts are there for callers that put checks in between.
    What they take is made of the schema when the first object comes.
    """

    def __init__(
        self,
        schema: structural.Structural,
        *,
        decoder: godecoding.Decoder,
        check_metadata: embedded.MetaCheck,
        rules: Rules | None = None,
    ) -> None:
        self.schema = schema
        self.decoder, self.check_metadata, self.rules = decoder, check_metadata, rules

    @functools.cached_property
    def acceptor(self) -> accepting.Acceptor:
        return accepting.Acceptor(self.schema)

    @functools.cached_property
    def embedded(self) -> embedded.Embedded:
        return embedded.Embedded(self.schema, self.decoder)

    @functools.cached_property
    def lists(self) -> listtypes.ListTypes:
        return listtypes.ListTypes(self.schema)

    def validate(self, obj: objects.Object, old: objects.Object | None = None) -> list[fielderrors.FieldError]:
        """What is wrong with a new object, or with one that is to replace `old`."""
        found = self.values(obj, old)
        found += self.embedded_resources(obj)
        found += self.list_types(obj, old)
        found += self.rule_errors(obj, old, found)
        return found

    def values(self, obj: Any, old: Any = None, *, prefix: str = "") -> list[fielderrors.FieldError]:
        """What the schema itself says; what was as wrong in `old` and didn't change is no error.

        `prefix` is the path of the value when the schema is that of a part (`status`).
        """
        try:
            if self.acceptor.accepts(obj):
                return []
            link = None if old is None else correlating.Link(self.schema, obj, old)
            return explaining.explain(self.schema, obj, link=link, prefix=prefix)
        except RecursionError:
            return [fielderrors.invalid(prefix or explaining.NOWHERE, "", "exceeded max depth")]

    def embedded_resources(self, obj: objects.Object) -> list[fielderrors.FieldError]:
        return list(self.embedded.validate(obj, self.check_metadata)) if self.embedded.wanted else []

    def list_types(self, obj: objects.Object, old: objects.Object | None = None) -> list[fielderrors.FieldError]:
        """Repeated items of sets and list maps; tolerated in an update of an object that has some already."""
        found = self.lists.validate(obj)
        return [] if found and old is not None and self.lists.validate(old) else found

    def rule_errors(
        self,
        obj: objects.Object,
        old: objects.Object | None,
        found: list[fielderrors.FieldError],
        *,
        warn: Callable[[str], None] | None = None,
    ) -> list[fielderrors.FieldError]:
        """What the rules say, unless errors found before make that pointless."""
        if self.rules is None:
            return []
        if any(error.kind in BLOCKING for error in found):
            return [fielderrors.invalid(explaining.NOWHERE, None, UNCHECKED)]
        return self.rules.evaluate(obj, old, warn=warn)
