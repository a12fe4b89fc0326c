"""Flow schemas: which requests belong to which priority level.  Mirrors `pkg/apis/flowcontrol/validation`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kroute.coreapi import checks, internals, semantics
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
DISTINGUISHERS = ("ByNamespace", "ByUser")
SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
HIGHEST_PRECEDENCE = 10000
ANY = "*"
EVERYTHING = {
    "resourceRules": [
        {"verbs": [ANY], "apiGroups": [ANY], "resources": [ANY], "clusterScope": True, "namespaces": [ANY]}
    ],
    "nonResourceRules": [{"verbs": [ANY], "nonResourceURLs": [ANY]}],
}


def groups(*members: str) -> list[dict[str, Any]]:
    return [{"kind": "Group", "group": {"name": name}} for name in members]


MANDATORY: Mapping[str, Object] = {
    "exempt": {
        "priorityLevelConfiguration": {"name": "exempt"},
        "matchingPrecedence": 1,
        "rules": [{"subjects": groups("system:masters"), **EVERYTHING}],
    },
    "catch-all": {
        "priorityLevelConfiguration": {"name": "catch-all"},
        "matchingPrecedence": 10000,
        "distinguisherMethod": {"type": "ByUser"},
        "rules": [{"subjects": groups("system:unauthenticated", "system:authenticated"), **EVERYTHING}],
    },
}
"""The schemas that say the same in every cluster."""


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    name, spec = obj["metadata"].get("name") or "", obj.get("spec") or {}
    yield from validate_spec(spec, name)
    if name in MANDATORY and not semantics.same(spec, MANDATORY[name]):
        shown = internals.encode(spec, "flowcontrol.v1.FlowSchemaSpec")
        yield fielderrors.invalid("spec", shown, f"spec of '{name}' must equal the fixed value")
    yield from validate_status(obj)


def validate_spec(spec: Object, name: str) -> checks.Found:
    precedence, at = spec.get("matchingPrecedence") or 0, "spec.matchingPrecedence"
    if precedence <= 0:
        yield fielderrors.invalid(at, precedence, "must be a positive value")
    if precedence > HIGHEST_PRECEDENCE:
        yield fielderrors.invalid(at, precedence, f"must not be greater than {HIGHEST_PRECEDENCE}")
    if precedence == 1 and name != "exempt":
        text = "only the schema named 'exempt' may have matchingPrecedence 1"
        yield fielderrors.invalid(at, precedence, text)
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type") not in DISTINGUISHERS:
        shown = {"Type": method.get("type") or ""}
        yield fielderrors.not_supported("spec.distinguisherMethod.type", shown, DISTINGUISHERS)
    level, at = (spec.get("priorityLevelConfiguration") or {}).get("name"), "spec.priorityLevelConfiguration.name"
    yield from checks.required(level, at, "must reference a priority level")
    yield from checks.optional_text(level, names.dns1123_subdomain, at)
    for index, rule in enumerate(spec.get("rules") or ()):
        yield from validate_rules(rule, f"spec.rules[{index}]")


def validate_rules(rules: Object, path: str) -> checks.Found:
    """Who asks for what."""
    subjects = rules.get("subjects") or ()
    yield from checks.required(subjects, f"{path}.subjects", "subjects must contain at least one value")
    for index, subject in enumerate(subjects):
        yield from validate_subject(subject, f"{path}.subjects[{index}]")
    if not rules.get("resourceRules") and not rules.get("nonResourceRules"):
        text = "at least one of resourceRules and nonResourceRules has to be non-empty"
        yield fielderrors.required(path, text)
    for index, rule in enumerate(rules.get("resourceRules") or ()):
        yield from validate_resource_rule(rule, f"{path}.resourceRules[{index}]")
    for index, rule in enumerate(rules.get("nonResourceRules") or ()):
        yield from validate_url_rule(rule, f"{path}.nonResourceRules[{index}]")


def validate_subject(subject: Object, path: str) -> checks.Found:
    kind = subject.get("kind") or ""
    if kind not in SUBJECTS:
        yield fielderrors.not_supported(f"{path}.kind", kind, tuple(SUBJECTS))
        return
    own = SUBJECTS[kind]
    if subject.get(own) is None:
        yield fielderrors.required(f"{path}.{own}", f"{own} is required when subject kind is '{kind}'")
    elif kind == "ServiceAccount":
        yield from validate_account(subject[own], f"{path}.{own}")
    else:
        yield from checks.required(subject[own].get("name"), f"{path}.{own}.name")
    for other in ("ServiceAccount", "User", "Group"):
        field = SUBJECTS[other]
        if other != kind:
            text = f"{field} is forbidden when subject kind is not '{other}'"
            yield from checks.forbidden_fields(subject, path, text, field)


def validate_account(account: Object, path: str) -> checks.Found:
    if account.get("name") != ANY:
        yield from checks.required_text(account.get("name"), names.dns1123_subdomain, f"{path}.name")
    at, namespace = f"{path}.namespace", account.get("namespace")
    yield from checks.required(namespace, at, "must specify namespace for service account")
    yield from checks.optional_text(namespace, names.dns1123_label, at)


def validate_verbs(verbs: Sequence[str], path: str) -> checks.Found:
    yield from checks.required(verbs, path, "verbs must contain at least one value")
    if ANY in verbs:
        yield from alone(verbs, path, "verbs")
    elif any(verb not in VERBS for verb in verbs):
        yield fielderrors.not_supported(path, list(verbs), VERBS)


def alone(values: Collection[str], path: str, what: str) -> checks.Found:
    """Who asks for all asks for nothing else."""
    if len(values) > 1 and ANY in values:
        yield fielderrors.invalid(path, list(values), f"if '*' is present, must not specify other {what}")


def validate_resource_rule(rule: Object, path: str) -> checks.Found:
    yield from validate_verbs(rule.get("verbs") or (), f"{path}.verbs")
    for field, one, all_of in (("apiGroups", "api group", "api groups"), ("resources", "resource", "resources")):
        values, at = rule.get(field) or (), f"{path}.{field}"
        yield from checks.required(values, at, f"resource rules must supply at least one {one}")
        yield from alone(values, at, all_of)
    namespaces, at = rule.get("namespaces") or (), f"{path}.namespaces"
    if not namespaces and not rule.get("clusterScope"):
        text = "resource rules that are not cluster scoped must supply at least one namespace"
        yield fielderrors.required(at, text)
    elif ANY in namespaces:
        yield from alone(namespaces, at, "namespaces")
    else:
        for index, namespace in enumerate(namespaces):
            for wrong in names.dns1123_label(namespace):
                text = f"each member of this list must be '*' or a DNS-1123 label; {wrong}"
                yield fielderrors.invalid(f"{at}[{index}]", namespace, text)


def validate_url_rule(rule: Object, path: str) -> checks.Found:
    yield from validate_verbs(rule.get("verbs") or (), f"{path}.verbs")
    urls, at = rule.get("nonResourceURLs") or (), f"{path}.nonResourceURLs"
    yield from checks.required(urls, at, "nonResourceURLs must contain at least one value")
    if ANY in urls:
        yield from alone(urls, at, "non-resource URLs")
        return
    for index, url in enumerate(urls):
        wrong = wrong_in_url(url)
        if wrong:
            yield fielderrors.invalid(f"{at}[{index}]", url, wrong)


def wrong_in_url(url: str) -> str:
    """What is wrong with a path that may end in `/*`; "" for nothing."""
    if not url:
        return "must not be empty"
    if url == "/":
        return ""
    if not url.startswith("/"):
        return "must start with slash"
    if " " in url:
        return "must not contain white-space"
    if "//" in url:
        return "must not contain double slash"
    stars = url.count("*")
    if stars > 1 or (stars and not url.endswith("/*")):
        return "wildcard can only do suffix matching"
    return ""


def validate_status(obj: Object, old: Object | None = None) -> checks.Found:
    """The conditions in the status of a flow schema or priority level."""
    seen = set()
    for index, condition in enumerate((obj.get("status") or {}).get("conditions") or ()):
        at, kind = f"status.conditions[{index}].type", condition.get("type") or ""
        if kind in seen:
            yield fielderrors.duplicate(at, kind)
        seen.add(kind)
        yield from checks.required(kind, at, "must not be empty")
