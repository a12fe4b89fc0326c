"""All rules of a schema, evaluated on objects: with old values where they correspond, and tolerating what was wrong.

Rules are compiled when the first value comes that they are for.  Mirrors
`k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go`, also in that a rule which doesn't use oldSelf
may go on being broken by a value that doesn't change, with a warning.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from kroute.cel import configuring, declared, programs, rules, values
from kroute.machinery import fielderrors
from kroute.schema import correlating, structural

BUDGET: Final = 10_000_000
OUT_OF_BUDGET: Final = "validation failed due to running out of cost budget, no further validation rules will be run"
TOO_COSTLY: Final = "no further validation rules will be run due to call cost exceeds limit for rule"
ROOT: Final = "<nil>"


class Stop(Exception):
    """No more rules are to be evaluated."""


class Correlation(NamedTuple):
    """What tells whether a value is as it was: its link to the old one, or that of what holds it."""

    current: correlating.Link | None = None
    parent: correlating.Link | None = None

    def unchanged(self) -> bool:
        link = self.current or self.parent
        return link is not None and link.unchanged()

    def field(self, name: str) -> Correlation:
        if self.current is None:
            return self
        if self.parent is None and name in ("apiVersion", "kind"):
            return NOTHING
        return Correlation(self.current.field(name), self.current)

    def item(self, index: int) -> Correlation:
        if self.current is None:
            return self
        return Correlation(self.current.item(index), self.current)


NOTHING: Final = Correlation()


class Place(NamedTuple):
    """Where a value stands, and what came before it."""

    path: str
    value: Any
    old: Any
    correlation: Correlation


class Run:
    """One evaluation: what was found, and what may still be spent."""

    def __init__(self) -> None:
        self.found: list[fielderrors.FieldError] = []
        self.tolerated: list[fielderrors.FieldError] = []
        self.steps = BUDGET


class Ruleset:
    """The rules of a schema.  Satisfies `kroute.schema.validation.Rules`."""

    def __init__(self, schema: structural.Structural, *, root: bool = True) -> None:
        self._schema = schema
        self._node = Rules(schema, schema, declared.Derivation(), root=root)

    def evaluate(
        self, obj: Any, old: Any = None, *, path: str = "", warn: Callable[[str], None] | None = None
    ) -> list[fielderrors.FieldError]:
        """What is wrong with a value, which is to replace an old one.

        `path` is where the value stands; `warn` is told of rules that are broken by values as they were."""
        run = Run()
        link = None if old is None else correlating.Link(self._schema, obj, old)
        with contextlib.suppress(Stop):
            self._node.evaluate(Place(path, obj, old, Correlation(link)), run)
        if warn is not None:
            for each in run.tolerated:
                warn(str(each))
        return run.found

    def evaluate_default(self, value: Any, path: str) -> list[fielderrors.FieldError]:
        """What is wrong with a default: as a value that stays, and as one that is new."""
        run = Run()
        with contextlib.suppress(Stop):
            self._node.evaluate(Place(path, value, value, NOTHING), run)
        return run.found or self.evaluate(value, path=path)

    def problems(self) -> Iterator[str]:
        """What is wrong with the rules themselves."""
        return self._node.problems("")


def ruleset_of(schema: structural.Structural, *, root: bool = True) -> Ruleset | None:
    """The rules of a schema, `root`: a resource's own; None when there are none, or no CEL library.

    This is what `kroute.kinds.rules.RulesOf` wants."""
    if not has_rules(schema):
        return None
    try:
        configuring.engine()
    except configuring.Unavailable:
        return None
    return Ruleset(schema, root=root)


def has_rules(schema: structural.Structural) -> bool:
    """Whether a schema has rules anywhere."""
    return bool(structural.holders(schema, own_rules))


def own_rules(node: structural.Structural) -> bool:
    """Whether a node has rules, or what is said of its values by allOf."""
    return bool(node.rules) or any(map(has_rules, node.all_of))


class Rules:
    """The rules of one node and of those below it.

    `said` is the schema whose rules they are: the node itself, or what stands in its allOf."""

    def __init__(
        self, said: structural.Structural, node: structural.Structural, types: declared.Derivation, *, root: bool
    ) -> None:
        self._said, self._node, self._types, self._root = said, node, types, root
        self._compiled: list[rules.Compiled] | None = None
        self._below: Below | None = None

    def evaluate(self, place: Place, run: Run) -> None:
        if place.value is None:
            return
        if self._said.rules:
            self._own(place, run)
        below = self._below
        if below is None:
            below = self._below = self._expand()
        for each in below.said:
            each.evaluate(place._replace(correlation=Correlation(None, place.correlation.parent)), run)
        if type(place.value) is dict:
            if below.fields or below.additional is not None:
                below.values(place, run)
        elif type(place.value) is list and below.items is not None:
            self._items(below.items, place, run)

    def problems(self, path: str) -> Iterator[str]:
        """What is wrong with the rules of the node and of those below it."""
        for each in self._rules() if self._said.rules else ():
            for text in filter(None, (each.error, each.message_error)):
                yield f"{path or ROOT}: {text}"
        below = self._expand()
        for child in below.said:
            yield from child.problems(path)
        for name, child in below.fields.items():
            yield from child.problems(f"{path}.{name}" if path else name)
        for other, mark in ((below.additional, "[*]"), (below.items, "[]")):
            if other is not None:
                yield from other.problems(f"{path}{mark}")

    def _rules(self) -> list[rules.Compiled]:
        if self._compiled is None:
            kind = self._types.of(self._node, root=self._root)
            self._compiled = [] if kind is None else rules.compile_all(self._node, kind, self._said.rules)
        return self._compiled

    def _expand(self) -> Below:
        said, node = self._said, self._node
        leading = structural.holders(said, own_rules)

        def below(one: structural.Structural, other: structural.Structural) -> Rules | None:
            if id(one) not in leading or self._types.of(other, root=other.embedded_resource) is None:
                return None
            return Rules(one, other, self._types, root=other.embedded_resource)

        fields = {
            name: found
            for name, each in said.properties.items()
            if name in node.properties and (found := below(each, node.properties[name])) is not None
        }
        both = said.additional is not None and node.additional is not None
        items = said.items is not None and node.items is not None
        return Below(
            fields,
            below(said.additional, node.additional) if both else None,  # type: ignore[arg-type]
            below(said.items, node.items) if items else None,  # type: ignore[arg-type]
            [Rules(each, node, self._types, root=self._root) for each in said.all_of if has_rules(each)],
        )

    def _own(self, place: Place, run: Run) -> None:
        """Evaluates the rules of the node itself."""
        path = place.path or ROOT
        plain = {rules.SELF: place.value}
        optional = {rules.SELF: place.value, rules.OLD_SELF: values.NONE}
        if place.old is not None:
            plain[rules.OLD_SELF] = place.old
            optional[rules.OLD_SELF] = values.Optional(place.old)
        for each in self._rules():
            if each.error:
                run.found.append(fielderrors.invalid(path, self._node.type, f"rule compile error: {each.error}"))
            elif each.program is not None:
                is_optional = bool(each.rule.optional_old_self)
                if place.old is None and each.uses_old and not is_optional:
                    continue
                self._check(each, place, path, optional if is_optional else plain, plain, run)

    def _check(
        self,
        each: rules.Compiled,
        place: Place,
        path: str,
        variables: dict[str, Any],
        plain: dict[str, Any],
        run: Run,
    ) -> None:
        assert each.program is not None
        allowed = min(run.steps, programs.STEPS)
        kind = self._node.type
        try:
            holds, left = each.program.metered(variables, allowed)
            run.steps -= allowed - left
            if holds is True:
                return
            detail, left = each.message_for(plain, run.steps)
        except values.CostExceeded as error:
            text = f"'{error}': {TOO_COSTLY}: {each.shown}" if run.steps > programs.STEPS else OUT_OF_BUDGET
            run.found.append(fielderrors.invalid(path, kind, text))
            raise Stop from None
        except values.NoSuchOverload as error:
            text = f"'{error}': call arguments did not match a supported operator, function or macro signature for rule"
            run.found.append(fielderrors.invalid(path, kind, f"{text}: {each.shown}"))
            return
        except values.EvaluationError as error:
            run.found.append(fielderrors.invalid(path, kind, f"{error} evaluating rule: {each.shown}"))
            return
        if each.path:
            path = f"{place.path}.{each.path}" if place.path else each.path
        value = fielderrors.OMITTED if kind in ("object", "array") else place.value
        made = error_of(each.rule.reason, path, value, detail)
        tolerated = not each.uses_old and place.correlation.unchanged()
        (run.tolerated if tolerated else run.found).append(made)

    def _items(self, below: Rules, place: Place, run: Run) -> None:
        old = by_keys(self._node, place.old)
        for index, item in enumerate(place.value):
            before = old.get(key_of(self._node, item)) if old else None
            below.evaluate(Place(f"{place.path}[{index}]", item, before, place.correlation.item(index)), run)


class Below(NamedTuple):
    """The nodes below one that lead to rules, and those that are said of it as well."""

    fields: Mapping[str, Rules]
    additional: Rules | None
    items: Rules | None
    said: list[Rules]

    def values(self, place: Place, run: Run) -> None:
        """Evaluates the rules of an object's fields or a map's values."""
        before = place.old if type(place.old) is dict else {}
        for name, child, path in self._children(place):
            inner = Place(path, place.value[name], before.get(name), place.correlation.field(name))
            child.evaluate(inner, run)

    def _children(self, place: Place) -> Iterator[tuple[str, Rules, str]]:
        if self.additional is not None:
            for name in place.value:
                yield name, self.additional, f"{place.path}[{name}]"
        for name, child in self.fields.items():
            if name in place.value:
                yield name, child, f"{place.path}.{name}" if place.path else name


def error_of(reason: str, path: str, value: Any, detail: str) -> fielderrors.FieldError:
    """The error of a broken rule."""
    if reason == fielderrors.FORBIDDEN:
        return fielderrors.forbidden(path, detail)
    if reason == fielderrors.REQUIRED:
        return fielderrors.required(path, detail)
    if reason == fielderrors.DUPLICATE:
        return fielderrors.duplicate(path, value)
    return fielderrors.invalid(path, value, detail)


def by_keys(node: structural.Structural, old: Any) -> dict[Any, Any]:
    """The items of an old list map by their keys; nothing for other lists."""
    if node.list_type != "map" or type(old) is not list:
        return {}
    return {key_of(node, item): item for item in reversed(old) if type(item) is dict}


def key_of(node: structural.Structural, item: Any) -> Any:
    if type(item) is not dict:
        return None
    return tuple(repr(item.get(name)) for name in node.map_keys)
