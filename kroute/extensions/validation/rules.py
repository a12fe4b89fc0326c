"""Validation rules (`x-kubernetes-validations`): what a definition may say of them, and whether they compile.

Mirrors what ValidateCustomResourceDefinitionOpenAPISchema asks of rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from kroute.cel import configuring, declared, fieldpaths, programs, ranges, rules
from kroute.machinery import fielderrors
from kroute.schema import compiling, structural

Schema = Mapping[str, Any]
Errors = Iterator[fielderrors.FieldError]

REASONS: Final = (
    fielderrors.DUPLICATE,
    fielderrors.FORBIDDEN,
    fielderrors.INVALID,
    fielderrors.REQUIRED,
)
NEWLINES: Final = re.compile(r"[\n\r]+")
RULE_LIMIT: Final = 10_000_000
SCHEMA_LIMIT: Final = 100_000_000
CONTRIBUTED: Final = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
SIMPLIFY: Final = (
    "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are "
    "declared"
)
NO_TYPE: Final = (
    "internal error: failed to construct type information for x-kubernetes-validations rules: "
    "unable to convert structural schema to CEL declarations"
)


def written(schema: Schema, path: str) -> Errors:
    """What is wrong with how rules are written."""
    for index, rule in enumerate(schema.get("x-kubernetes-validations") or ()):
        at = f"{path}.x-kubernetes-validations[{index}]"
        yield from texts(rule, at)
        reason, field = rule.get("reason"), rule.get("fieldPath") or ""
        if reason is not None and reason not in REASONS:
            yield fielderrors.not_supported(f"{at}.reason", reason, REASONS)
        if field:
            if not field.strip():
                yield fielderrors.invalid(f"{at}.fieldPath", field, "must be non-empty if specified")
            if NEWLINES.search(field):
                yield fielderrors.invalid(f"{at}.fieldPath", field, "must not contain line breaks")
            if not leads_somewhere(schema, field):
                yield fielderrors.invalid(f"{at}.fieldPath", field, "must be a valid path")


def texts(rule: Schema, path: str) -> Errors:
    text, message = (rule.get("rule") or "").strip(), rule.get("message") or ""
    expression = rule.get("messageExpression") or ""
    if not text:
        yield fielderrors.required(f"{path}.rule", "rule is not specified")
    elif message and not message.strip():
        yield fielderrors.invalid(f"{path}.message", message, "must be non-empty if specified")
    elif NEWLINES.search(message.strip()):
        yield fielderrors.invalid(f"{path}.message", message, "must not contain line breaks")
    elif NEWLINES.search(text) and not message.strip():
        yield fielderrors.required(f"{path}.message", "message must be specified if rule contains line breaks")
    if expression and not expression.strip():
        yield fielderrors.required(f"{path}.messageExpression", "messageExpression must be non-empty if specified")


def leads_somewhere(schema: Schema, field: str) -> bool:
    """Whether a path leads to a field of a schema; also when that can't be told."""
    try:
        fieldpaths.normalized(field, compiling.compile_schema(schema))
    except fieldpaths.PathError:
        return False
    except compiling.SchemaError:
        pass
    return True


def compile_errors(
    root: structural.Structural, path: str, found: Sequence[fielderrors.FieldError]
) -> list[fielderrors.FieldError]:
    """What the compiler says of the rules of a structural schema.

    `found` is what is wrong with the schema otherwise: rules aren't compiled where something is."""
    compilation = Compilation(found)
    return [*compilation.below(root, path, Within(cardinality=1), root=True), *compilation.total.errors(path)]


class Within(NamedTuple):
    """What a node stands in.

    `apart` is the path of a list whose items can't be told apart when an object changes, "" for none; `cardinality` how
    many values the node may have in one object, None if that isn't limited."""

    apart: str = ""
    cardinality: int | None = None

    def items(self, node: structural.Structural, path: str) -> Within:
        """What the items of a list stand in."""
        return Within(self.apart or ("" if node.list_type == "map" else path), self._times(node.max_items))

    def values(self, node: structural.Structural) -> Within:
        """What the values of a map stand in."""
        return self._replace(cardinality=self._times(node.max_properties))

    def _times(self, limit: int | None) -> int | None:
        if self.cardinality is None or limit is None:
            return None
        return min(self.cardinality * max(limit, 0), ranges.MOST)


class Total:
    """What all rules of a schema may cost, and where the costliest of them are."""

    def __init__(self) -> None:
        self._cost = 0
        self._costliest: list[tuple[int, str]] = []

    def add(self, path: str, cost: int) -> None:
        self._cost = min(self._cost + cost, ranges.MOST)
        if cost >= SCHEMA_LIMIT // 100:
            self._costliest.append((cost, path))
            self._costliest.sort(key=lambda each: -each[0])
            del self._costliest[4:]

    def errors(self, path: str) -> Errors:
        if self._cost > SCHEMA_LIMIT:
            for _, each in self._costliest:
                yield fielderrors.forbidden(each, CONTRIBUTED)
            name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
            yield fielderrors.forbidden(path, too_costly(name, self._cost, SCHEMA_LIMIT))


def too_costly(name: str, cost: int, limit: int) -> str:
    factor = cost / limit
    shown = "more than 100x" if factor > 100 else f"{factor:f}x" if factor < 1.5 else f"{factor:.1f}x"
    return f"{name} exceeds budget by factor of {shown} ({SIMPLIFY})"


class Compilation:
    """Compiles the rules of one schema."""

    def __init__(self, found: Sequence[fielderrors.FieldError]) -> None:
        self._wrong = [error.path for error in found]
        self._types = declared.Derivation()
        self.total = Total()

    def below(self, node: structural.Structural, path: str, within: Within, *, root: bool = False) -> Errors:
        """The errors of a node and those below it, which come first."""
        if node.additional is not None:
            yield from self.below(node.additional, f"{path}.additionalProperties", within.values(node))
        for name, child in node.properties.items():
            yield from self.below(child, f"{path}.properties[{name}]", within)
        if node.items is not None:
            yield from self.below(node.items, f"{path}.items", within.items(node, path))
        if node.rules and not self._is_wrong(path):
            yield from self._rules(node, path, within, root=root or node.embedded_resource)

    def _is_wrong(self, path: str) -> bool:
        return any(each == path or each.startswith((f"{path}.", f"{path}[")) for each in self._wrong)

    def _rules(self, node: structural.Structural, path: str, within: Within, *, root: bool) -> Errors:
        at = f"{path}.x-kubernetes-validations"
        kind = self._types.of(node, root=root)
        if kind is None:
            yield fielderrors.internal(at, NO_TYPE)
            return
        try:
            compiled = rules.compile_all(node, kind, node.rules, estimate=True)
        except configuring.Unavailable as error:
            for index, rule in enumerate(node.rules):
                yield fielderrors.invalid(f"{at}[{index}].rule", rule.rule, str(error))
            return
        values = declared.LARGEST // (kind.least + 1) if within.cardinality is None else within.cardinality
        for index, each in enumerate(compiled):
            yield from self._cost(each.program, f"{at}[{index}].rule", "estimated rule cost", values)
            yield from self._rule(each, f"{at}[{index}]", within.apart)

    def _cost(self, program: programs.Program | None, path: str, name: str, values: int) -> Errors:
        if program is not None:
            cost = min(program.cost * values, ranges.MOST)
            if cost > RULE_LIMIT:
                yield fielderrors.forbidden(path, too_costly(name, cost, RULE_LIMIT))
            self.total.add(path, cost)

    def _rule(self, each: rules.Compiled, path: str, apart: str) -> Errors:
        if each.error:
            yield fielderrors.invalid(f"{path}.rule", shown(each.rule), each.error)
        if each.message_error:
            yield fielderrors.invalid(f"{path}.messageExpression", shown(each.rule), each.message_error)
        yield from self._cost(each.message, f"{path}.messageExpression", "estimated messageExpression cost", 1)
        if each.uses_old:
            if apart:
                why = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {apart}"
                yield fielderrors.invalid(f"{path}.rule", each.rule.rule, why)
        elif each.rule.optional_old_self is not None:
            why = "may not be set if oldSelf is not used in rule"
            yield fielderrors.invalid(f"{path}.optionalOldSelf", each.rule.optional_old_self, why)


def shown(rule: structural.Rule) -> dict[str, Any]:
    """A rule as kube-apiserver shows it: with all fields, under their names in Go."""
    return {
        "Rule": rule.rule,
        "Message": rule.message,
        "MessageExpression": rule.message_expression,
        "Reason": rule.reason or None,
        "FieldPath": rule.field_path,
        "OptionalOldSelf": rule.optional_old_self,
    }
