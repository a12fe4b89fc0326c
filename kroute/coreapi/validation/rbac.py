"""Roles, bindings of roles, and the rules that they hold.  Mirrors `pkg/apis/rbac/validation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, labels, labelselector, names

Object = Mapping[str, Any]
GROUP = "rbac.authorization.k8s.io"
SELECTORS = "aggregationRule.clusterRoleSelectors"
NO_SELECTOR = "at least one clusterRoleSelector required if aggregationRule is non-nil"
ROLE_KINDS = ("Role", "ClusterRole")
SUBJECT_KINDS = ("ServiceAccount", "User", "Group")


def validate_role(obj: Object, old: Object | None = None) -> checks.Found:
    for index, rule in enumerate(obj.get("rules") or ()):
        yield from validate_rule(rule, f"rules[{index}]", namespaced=True)


def validate_cluster_role(obj: Object, old: Object | None = None) -> checks.Found:
    for index, rule in enumerate(obj.get("rules") or ()):
        yield from validate_rule(rule, f"rules[{index}]", namespaced=False)
    if obj.get("aggregationRule") is None:
        return
    selectors = selectors_of(obj)
    yield from checks.required(selectors, SELECTORS, NO_SELECTOR)
    lenient = old is not None and any(any(labelselector.validate(each, "")) for each in selectors_of(old))
    for index, selector in enumerate(selectors):
        at = f"{SELECTORS}[{index}]"
        yield from labelselector.validate(selector, at, allow_invalid_values=lenient)
        try:
            labelselector.compiled(selector)
        except labels.SelectorError:
            yield fielderrors.invalid(at, None, "invalid label selector.")


def selectors_of(role: Object) -> list[Object]:
    return (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or []


def validate_rule(rule: Object, path: str, *, namespaced: bool) -> checks.Found:
    """What may be done with which resources, or with which URLs."""
    yield from checks.required(rule.get("verbs"), f"{path}.verbs", "verbs must contain at least one value")
    urls = rule.get("nonResourceURLs")
    if urls:
        if namespaced:
            text = "namespaced rules cannot apply to non-resource URLs"
            yield fielderrors.invalid(f"{path}.nonResourceURLs", urls, text)
        if any(rule.get(field) for field in ("apiGroups", "resources", "resourceNames")):
            text = "rules cannot apply to both regular resources and non-resource URLs"
            yield fielderrors.invalid(f"{path}.nonResourceURLs", urls, text)
        return
    for field, what in (("apiGroups", "api group"), ("resources", "resource")):
        text = f"resource rules must supply at least one {what}"
        yield from checks.required(rule.get(field), f"{path}.{field}", text)


def validate_role_binding(obj: Object, old: Object | None = None) -> checks.Found:
    yield from validate_binding(obj, old, namespaced=True)


def validate_cluster_role_binding(obj: Object, old: Object | None = None) -> checks.Found:
    yield from validate_binding(obj, old, namespaced=False)


def validate_binding(obj: Object, old: Object | None, *, namespaced: bool) -> checks.Found:
    """Who gets which role; the role never changes."""
    role = obj.get("roleRef") or {}
    yield from checks.one_of(role.get("apiGroup") or "", (GROUP,), "roleRef.apiGroup")
    yield from checks.one_of(role.get("kind") or "", ROLE_KINDS if namespaced else ROLE_KINDS[1:], "roleRef.kind")
    yield from checks.required_text(role.get("name"), names.path_segment, "roleRef.name")
    for index, subject in enumerate(obj.get("subjects") or ()):
        yield from validate_subject(subject, f"subjects[{index}]", namespaced=namespaced)
    if old is not None and role != (old.get("roleRef") or {}):
        shown = {
            "APIGroup": role.get("apiGroup") or "",
            "Kind": role.get("kind") or "",
            "Name": role.get("name") or "",
        }
        yield fielderrors.invalid("roleRef", shown, "cannot change roleRef")


def validate_subject(subject: Object, path: str, *, namespaced: bool) -> checks.Found:
    """A user, a group or a service account."""
    kind, name, group = (subject.get(field) or "" for field in ("kind", "name", "apiGroup"))
    yield from checks.required(name, f"{path}.name")
    if kind == "ServiceAccount":
        yield from checks.optional_text(name, names.dns1123_subdomain, f"{path}.name")
        yield from checks.one_of(group, ("",), f"{path}.apiGroup")
        if not namespaced:
            yield from checks.required(subject.get("namespace"), f"{path}.namespace")
    elif kind in SUBJECT_KINDS:
        yield from checks.one_of(group, (GROUP,), f"{path}.apiGroup")
    else:
        yield fielderrors.not_supported(f"{path}.kind", kind, SUBJECT_KINDS)
