"""Policies that are written as expressions, validating and mutating.

Mirrors `pkg/apis/admissionregistration/validation`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kroute.coreapi import checks, semantics
from kroute.coreapi.validation import conditions, expressions, matchrules
from kroute.machinery import fielderrors, jsonpathsyntax, names

Object = Mapping[str, Any]
IDENTIFIER = re.compile("[_a-zA-Z][_a-zA-Z0-9]*")
RESERVED = (
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
    "loop", "package", "namespace", "return", "var", "void", "while",
)  # fmt: skip
REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
PATCHES = {
    "ApplyConfiguration": ("applyConfiguration", "jsonPatch", expressions.APPLY_CONFIGURATION),
    "JSONPatch": ("jsonPatch", "applyConfiguration", expressions.JSON_PATCH),
}
MOST_ANNOTATIONS, LONGEST_VALUE = 20, 5 * 1024
NOTHING_TO_DO = "validations or auditAnnotations must contain at least one item"


class Policies:
    """Checks policies; the compiler is for their expressions."""

    def __init__(self, compiler: expressions.Compiler = expressions.UNCHECKED) -> None:
        self._compiler = compiler

    def validate_validating(self, obj: Object, old: Object | None = None) -> checks.Found:
        spec, before = obj.get("spec") or {}, (old or {}).get("spec") or {}
        yield from self._common(spec, before, is_update=old is not None)
        validations, annotations = spec.get("validations") or (), spec.get("auditAnnotations") or ()
        if not validations and not annotations:
            yield fielderrors.required("spec.validations", NOTHING_TO_DO)
            yield fielderrors.required("spec.auditAnnotations", NOTHING_TO_DO)
            return
        for index, validation in enumerate(validations):
            yield from self._validation(validation, spec, before, f"spec.validations[{index}]")
        yield from self._annotations(annotations, spec, before, obj["metadata"].get("name") or "")

    def validate_mutating(self, obj: Object, old: Object | None = None) -> checks.Found:
        spec, before = obj.get("spec") or {}, (old or {}).get("spec") or {}
        yield from self._common(spec, before, is_update=old is not None)
        mutations = spec.get("mutations") or ()
        yield from checks.required(mutations, "spec.mutations", "mutations must contain at least one item")
        for index, mutation in enumerate(mutations):
            yield from self._mutation(mutation, spec, before, f"spec.mutations[{index}]")
        policy = spec.get("reinvocationPolicy")
        yield from checks.required_one_of(policy, matchrules.REINVOCATION_POLICIES, "spec.reinvocationPolicy")

    def _common(self, spec: Object, before: Object, *, is_update: bool) -> checks.Found:
        """What both kinds of policies have."""
        if spec.get("failurePolicy") is None:
            yield fielderrors.required("spec.failurePolicy")
        else:
            yield from checks.one_of(spec["failurePolicy"], matchrules.FAILURE_POLICIES, "spec.failurePolicy")
        if spec.get("paramKind") is not None:
            yield from validate_param_kind(spec["paramKind"], "spec.paramKind")
        match = spec.get("matchConstraints")
        if match is None:
            yield fielderrors.required("spec.matchConstraints")
        else:
            yield from matchrules.validate_match_resources(match, "spec.matchConstraints")
            yield from checks.required(match.get("resourceRules"), "spec.matchConstraints.resourceRules")
        compared = ("paramKind", "matchConditions")
        if not is_update or any(not semantics.same(spec.get(key), before.get(key)) for key in compared):
            use = expressions.Use(wanted=expressions.BOOL, params=has_params(spec))
            found = spec.get("matchConditions") or []
            yield from matchrules.validate_conditions(found, use, "spec.matchConditions", self._compiler)
        for index, variable in enumerate(spec.get("variables") or ()):
            yield from self._variable(variable, index, spec, before)

    def _variable(self, variable: Object, index: int, spec: Object, before: Object) -> checks.Found:
        at, name = f"spec.variables[{index}]", variable.get("name") or ""
        if not name.strip():
            yield fielderrors.required(f"{at}.name", "name is not specified")
        elif not IDENTIFIER.fullmatch(name) or name in RESERVED:
            yield fielderrors.invalid(f"{at}.name", name, "must be a valid CEL identifier")
        expression = variable.get("expression") or ""
        if not expression.strip():
            yield fielderrors.required(f"{at}.expression", "expression is not specified")
            return
        stored = {each.get("expression") for each in before.get("variables") or ()}
        use = expressions.Use(
            wanted=expressions.ANY,
            params=has_params(spec),
            variables=variables_of(spec, before=index),
            stored=expression in stored,
        )
        yield from expressions.validate(expression, use, f"{at}.expression", self._compiler)

    def _validation(self, validation: Object, spec: Object, before: Object, path: str) -> checks.Found:
        expression, message, shown = (
            validation.get(field) or "" for field in ("expression", "messageExpression", "message")
        )
        if not expression.strip():
            yield fielderrors.required(f"{path}.expression", "expression is not specified")
        else:
            use = self._use(spec, before, expression, "validations", "expression", expressions.BOOL)
            yield from expressions.validate(expression, use, f"{path}.expression", self._compiler)
        if message and not message.strip():
            yield fielderrors.invalid(f"{path}.messageExpression", message, "must be non-empty if specified")
        elif message:
            use = self._use(spec, before, message, "validations", "messageExpression", expressions.STRING)
            yield from expressions.validate(message, use, f"{path}.messageExpression", self._compiler)
        if shown and not shown.strip():
            yield fielderrors.invalid(f"{path}.message", shown, "must be non-empty if specified")
        elif re.search("[\n\r]", shown.strip()):
            yield fielderrors.invalid(f"{path}.message", shown, "must not contain line breaks")
        yield from checks.optional_one_of(validation.get("reason"), REASONS, f"{path}.reason")

    def _annotations(self, annotations: Sequence[Object], spec: Object, before: Object, name: str) -> checks.Found:
        """What goes to the audit log."""
        at = "spec.auditAnnotations"
        if len(annotations) > MOST_ANNOTATIONS:
            text = f"must not have more than {MOST_ANNOTATIONS} auditAnnotations"
            yield fielderrors.invalid(at, list(annotations), text)
        seen = set()
        for index, annotation in enumerate(annotations):
            path, key = f"{at}[{index}]", annotation.get("key") or ""
            if name:
                yield from checks.text(f"{name}/{key}", names.qualified_name, f"{path}.key")
            else:
                yield fielderrors.invalid(f"{path}.key", key, "requires metadata.name be non-empty")
            yield from self._annotation_value(annotation.get("valueExpression") or "", spec, before, path)
            if key in seen:
                yield fielderrors.duplicate(f"{path}.key", key)
            seen.add(key)

    def _annotation_value(self, expression: str, spec: Object, before: Object, path: str) -> checks.Found:
        at, trimmed = f"{path}.valueExpression", expression.strip()
        if not trimmed:
            yield fielderrors.required(at, "valueExpression is not specified")
        elif names.size(trimmed) > LONGEST_VALUE:
            yield fielderrors.required(at, f"must not exceed {LONGEST_VALUE} bytes in length")
        else:
            wanted = expressions.STRING_OR_NULL
            use = self._use(spec, before, expression, "auditAnnotations", "valueExpression", wanted)
            for detail in self._compiler(trimmed, use):
                yield fielderrors.invalid(at, expression, detail)

    def _mutation(self, mutation: Object, spec: Object, before: Object, path: str) -> checks.Found:
        kind = mutation.get("patchType") or ""
        if kind not in PATCHES:
            yield from checks.required_one_of(kind, tuple(PATCHES), f"{path}.patchType")
            return
        field, other, wanted = PATCHES[kind]
        patch = mutation.get(field)
        if patch is None:
            yield fielderrors.required(f"{path}.{field}", f"must be specified when patchType is {kind}")
        else:
            expression = (patch.get("expression") or "").strip()
            yield from checks.required(expression, f"{path}.{field}.expression")
            if expression:
                stored = {(each.get(field) or {}).get("expression") for each in before.get("mutations") or ()}
                use = expressions.Use(
                    wanted=wanted,
                    params=has_params(spec),
                    variables=variables_of(spec),
                    stored=expression in stored,
                )
                yield from expressions.validate(expression, use, f"{path}.{field}.expression", self._compiler)
        if mutation.get(other) is not None:
            text = f"must not be specified when patchType is {kind}"
            yield fielderrors.invalid(f"{path}.{other}", f"{{{other}}}", text)

    def _use(
        self, spec: Object, before: Object, expression: str, field: str, part: str, wanted: str
    ) -> expressions.Use:
        return expressions.Use(
            wanted=wanted,
            params=has_params(spec),
            authorizer=wanted != expressions.STRING,
            variables=variables_of(spec),
            stored=expression in {each.get(part) for each in before.get(field) or ()},
        )


def has_params(spec: Object) -> bool:
    return spec.get("paramKind") is not None


def variables_of(spec: Object, *, before: int | None = None) -> dict[str, str]:
    """The policy's variables, or those that stand before one of them."""
    found = (spec.get("variables") or [])[:before]
    return {each.get("name") or "": each.get("expression") or "" for each in found}


def validate_param_kind(kind: Object, path: str) -> checks.Found:
    """The kind of the objects that parameters come from."""
    api_version, name = kind.get("apiVersion") or "", kind.get("kind") or ""
    at = f"{path}.apiVersion"
    if not api_version:
        yield fielderrors.required(at)
    elif api_version.count("/") > 1:
        yield fielderrors.invalid(at, api_version, f"unexpected GroupVersion string: {api_version}")
    else:
        group, _, version = api_version.rpartition("/")
        wrong = names.dns1123_subdomain(group) if group else []
        if wrong:
            yield fielderrors.invalid(at, group, ",".join(wrong))
        wrong = names.dns1035_label(version)
        if not version:
            yield fielderrors.invalid(at, api_version, "version must be specified")
        elif wrong:
            yield fielderrors.invalid(at, version, ",".join(wrong))
    wrong = names.dns1035_label(name.lower())
    if not name:
        yield fielderrors.required(f"{path}.kind")
    elif wrong:
        text = "may have mixed case, but should otherwise match: " + ",".join(wrong)
        yield fielderrors.invalid(f"{path}.kind", name, text)


def validate_status(obj: Object, old: Object) -> checks.Found:
    """What was found out about a validating policy."""
    status = obj.get("status") or {}
    warnings = (status.get("typeChecking") or {}).get("expressionWarnings") or ()
    for index, warning in enumerate(warnings):
        at = f"status.typeChecking.expressionWarnings[{index}]"
        yield from checks.required(warning.get("warning"), f"{at}.warning")
        yield from validate_field(warning.get("fieldRef") or "", f"{at}.fieldRef")
    yield from conditions.validate(status.get("conditions") or (), "status.conditions")


def validate_field(reference: str, path: str) -> checks.Found:
    trimmed = reference.strip()
    if not trimmed:
        yield fielderrors.required(path)
        return
    try:
        jsonpathsyntax.parse(trimmed)
    except jsonpathsyntax.JSONPathError as error:
        yield fielderrors.invalid(path, trimmed, f"invalid JSONPath: {error}")
