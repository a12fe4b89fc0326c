"""Which requests webhooks and policies are asked about.  Mirrors `pkg/apis/admissionregistration/validation`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import expressions
from kroute.machinery import fielderrors, labelselector, names

Object = Mapping[str, Any]
ANY = "*"
OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
SCOPES = ("*", "Cluster", "Namespaced")
POLICIES = ("Equivalent", "Exact")
FAILURE_POLICIES = ("Fail", "Ignore")
REINVOCATION_POLICIES = ("IfNeeded", "Never")
MOST_CONDITIONS = 64


def validate_rule(rule: Object, path: str) -> checks.Found:
    """Operations on resources."""
    operations = rule.get("operations") or ()
    yield from checks.required(operations, f"{path}.operations")
    yield from alone(operations, f"{path}.operations", "operations")
    for index, operation in enumerate(operations):
        yield from checks.one_of(operation, OPERATIONS, f"{path}.operations[{index}]")
    for field, what in (("apiGroups", "API groups"), ("apiVersions", "API versions")):
        yield from checks.required(rule.get(field), f"{path}.{field}")
        yield from alone(rule.get(field) or (), f"{path}.{field}", what)
    for index, version in enumerate(rule.get("apiVersions") or ()):
        yield from checks.required(version, f"{path}.apiVersions[{index}]")
    yield from validate_resources(rule.get("resources") or [], f"{path}.resources")
    yield from checks.optional_one_of(rule.get("scope"), SCOPES, f"{path}.scope")


def alone(values: Collection[str], path: str, what: str) -> checks.Found:
    """Who asks for all asks for nothing else."""
    if len(values) > 1 and ANY in values:
        yield fielderrors.invalid(path, list(values), f"if '*' is present, must not specify other {what}")


def validate_resources(resources: Sequence[str], path: str) -> checks.Found:
    """Resources and subresources, without any that others include."""
    yield from checks.required(resources, path)
    all_parts, all_owners = set(), set()
    last_is_plain = False
    for index, resource in enumerate(resources):
        at = f"{path}[{index}]"
        owner, slash, part = resource.partition("/")
        if not resource:
            yield fielderrors.required(at)
        elif not slash:
            last_is_plain = resource != ANY
        else:
            if owner in all_parts:
                yield fielderrors.invalid(at, resource, f"if '{owner}/*' is present, must not specify {resource}")
            if part in all_owners:
                yield fielderrors.invalid(at, resource, f"if '*/{part}' is present, must not specify {resource}")
            all_parts |= {owner} if part == ANY else set()
            all_owners |= {part} if owner == ANY else set()
    if len(resources) > 1 and "*/*" in resources:
        yield fielderrors.invalid(path, list(resources), "if '*/*' is present, must not specify other resources")
    if ANY in resources and last_is_plain:
        text = "if '*' is present, must not specify other resources without subresources"
        yield fielderrors.invalid(path, list(resources), text)


def validate_match_resources(match: Object | None, path: str) -> checks.Found:
    """The requests that a policy is for."""
    if match is None:
        return
    yield from checks.required_one_of(match.get("matchPolicy"), POLICIES, f"{path}.matchPolicy")
    for field in ("namespaceSelector", "objectSelector"):
        if match.get(field) is None:
            yield fielderrors.required(f"{path}.{field}")
        else:
            yield from labelselector.validate(match[field], f"{path}.{field}")
    for field in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(match.get(field) or ()):
            yield from validate_named_rule(rule, f"{path}.{field}[{index}]")


def validate_named_rule(rule: Object, path: str) -> checks.Found:
    """A rule that may be for single objects."""
    seen = set()
    for index, name in enumerate(rule.get("resourceNames") or ()):
        at = f"{path}.resourceNames[{index}]"
        yield from checks.text(name, names.path_segment, at)
        if name in seen:
            yield fielderrors.duplicate(at, name)
        seen.add(name)
    yield from validate_rule(rule, path)


def validate_conditions(
    conditions: Sequence[Object], use: expressions.Use, path: str, compiler: expressions.Compiler
) -> checks.Found:
    """`matchConditions`: expressions that must hold, each with a name of its own."""
    if len(conditions) > MOST_CONDITIONS:
        yield fielderrors.too_many(path, len(conditions), MOST_CONDITIONS)
    seen = set()
    for index, condition in enumerate(conditions):
        at, name = f"{path}[{index}]", condition.get("name") or ""
        expression = (condition.get("expression") or "").strip()
        yield from checks.required(expression, f"{at}.expression")
        if expression:
            yield from expressions.validate(expression, use, f"{at}.expression", compiler)
        yield from checks.required_text(name, names.qualified_name, f"{at}.name")
        if name and name in seen:
            yield fielderrors.duplicate(f"{at}.name", name)
        seen.add(name)
