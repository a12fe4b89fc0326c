"""Bringing roles and bindings in line with what is expected of them: more is given where something is missing, and
nothing is ever taken away.

Who sets the annotation `autoupdate` to "false" keeps an object as it is.
Mirrors `component-helpers/auth/rbac/reconciliation` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

from kroute.auth import escalation
from kroute.bootstrap import policy
from kroute.machinery import objects


def mend_role(obj: objects.Object, wanted: objects.Object) -> bool:
    """Give a role what it lacks, in place; whether that was anything."""
    if is_protected(obj):
        return False
    changed = mend_metadata(obj, wanted)
    held = obj.get("rules") or []
    if wanted.get("aggregationRule") is None:
        missing = escalation.uncovered(held, wanted.get("rules") or ())
        if missing:
            obj["rules"] = [*held, *map(rule_of, missing)]
            changed = True
    return mend_aggregation(obj, wanted) or changed


def mend_aggregation(obj: objects.Object, wanted: objects.Object) -> bool:
    """Have a role select all that it should."""
    selectors = (wanted.get("aggregationRule") or {}).get("clusterRoleSelectors") or []
    own = (obj.get("aggregationRule") or {}).get("clusterRoleSelectors") or []
    missing = [each for each in selectors if each not in own]
    if missing:
        obj["aggregationRule"] = {"clusterRoleSelectors": [*own, *missing]}
    return bool(missing)


def mend_binding(obj: objects.Object, wanted: objects.Object) -> bool:
    """Give a binding the subjects that it lacks, in place; whether that was anything."""
    if is_protected(obj):
        return False
    changed = mend_metadata(obj, wanted)
    own = obj.get("subjects") or []
    missing = [each for each in wanted.get("subjects") or () if each not in own]
    if missing:
        obj["subjects"] = [*own, *missing]
    return bool(missing) or changed


def is_protected(obj: objects.Object) -> bool:
    return (obj["metadata"].get("annotations") or {}).get(policy.AUTO_UPDATE) == "false"


def binds_other(obj: objects.Object, wanted: objects.Object) -> bool:
    """Whether a binding is to another role, so that it has to be made anew."""
    return bool(obj.get("roleRef") != wanted["roleRef"])


def mend_metadata(obj: objects.Object, wanted: objects.Object) -> bool:
    """Add labels and annotations that aren't there; what somebody has set stays."""
    changed = False
    for field in ("labels", "annotations"):
        own = obj["metadata"].get(field) or {}
        found = {**wanted["metadata"][field], **own}
        if found != own:
            obj["metadata"][field] = found
            changed = True
    return changed


def rule_of(single: escalation.Single) -> objects.Object:
    """A policy rule of a single one."""
    rule: objects.Object = {"verbs": [single.verb]}
    if single.url is not None:
        return {**rule, "nonResourceURLs": [single.url]}
    rule |= {"apiGroups": [single.group], "resources": [single.resource]}
    return rule if single.name is None else {**rule, "resourceNames": [single.name]}
