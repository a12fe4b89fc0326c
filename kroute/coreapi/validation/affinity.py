"""Affinity of pods to nodes and to other pods, and selectors of nodes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks, internals
from kroute.coreapi.validation import options
from kroute.machinery import fielderrors, labelselector, names

Object = Mapping[str, Any]
REQUIRED, PREFERRED = (f"{kind}DuringSchedulingIgnoredDuringExecution" for kind in ("required", "preferred"))
NO_SELECTOR = "must not be specified when labelSelector is not set"
BAD_OPERATOR = "not a valid selector operator"


def validate(affinity: Object, path: str, opts: options.Options) -> checks.Found:
    nodes = affinity.get("nodeAffinity")
    if nodes is not None:
        yield from validate_nodes(nodes, f"{path}.nodeAffinity", opts)
    for kind in ("podAffinity", "podAntiAffinity"):
        if affinity.get(kind) is not None:
            yield from validate_pods(affinity[kind], f"{path}.{kind}", opts)


def validate_nodes(rules: Object, path: str, opts: options.Options) -> checks.Found:
    required = rules.get(REQUIRED)
    if required is not None:
        values = opts.allow_node_affinity_values
        yield from validate_node_selector(required, f"{path}.{REQUIRED}", allow_values=values)
    for index, term in enumerate(rules.get(PREFERRED) or ()):
        at = f"{path}.{PREFERRED}[{index}]"
        yield from validate_weight(term, at)
        yield from validate_node_term(term.get("preference") or {}, f"{at}.preference", allow_values=True)


def validate_weight(term: Object, path: str) -> checks.Found:
    weight = term.get("weight") or 0
    if not 0 < weight <= 100:
        yield fielderrors.invalid(f"{path}.weight", weight, "must be in the range 1-100")


def validate_node_selector(selector: Object, path: str, *, allow_values: bool = False) -> checks.Found:
    """Terms of which one must hold; `allow_values` lets values pass that can't be those of labels."""
    at = f"{path}.nodeSelectorTerms"
    terms = selector.get("nodeSelectorTerms")
    if not terms:
        yield fielderrors.required(at, "must have at least one node selector term")
    for index, term in enumerate(terms or ()):
        yield from validate_node_term(term, f"{at}[{index}]", allow_values=allow_values)


def validate_node_term(term: Object, path: str, *, allow_values: bool = False) -> checks.Found:
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        yield from validate_expression(expression, f"{path}.matchExpressions[{index}]", allow_values=allow_values)
    for index, expression in enumerate(term.get("matchFields") or ()):
        yield from validate_field(expression, f"{path}.matchFields[{index}]")


def validate_expression(expression: Object, path: str, *, allow_values: bool) -> checks.Found:
    operator, values = expression.get("operator") or "", expression.get("values") or ()
    if operator in ("In", "NotIn"):
        text = "must be specified when `operator` is 'In' or 'NotIn'"
        yield from checks.required(values, f"{path}.values", text)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            yield fielderrors.forbidden(f"{path}.values", text)
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            text = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            yield fielderrors.required(f"{path}.values", text)
    else:
        yield fielderrors.invalid(f"{path}.operator", operator, BAD_OPERATOR)
    yield from checks.label_name(expression.get("key") or "", f"{path}.key")
    if not allow_values:
        for index, value in enumerate(values):
            yield from checks.text(value, names.label_value, f"{path}.values[{index}]")


def validate_field(expression: Object, path: str) -> checks.Found:
    """A field of nodes: there is only the name."""
    operator, values = expression.get("operator") or "", expression.get("values") or ()
    if operator not in ("In", "NotIn"):
        yield fielderrors.invalid(f"{path}.operator", operator, BAD_OPERATOR)
    elif len(values) != 1:
        text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        yield fielderrors.required(f"{path}.values", text)
    key = expression.get("key") or ""
    if key != "metadata.name":
        yield fielderrors.invalid(f"{path}.key", key, "not a valid field selector key")
        return
    for index, value in enumerate(values):
        yield from checks.text(value, names.dns1123_subdomain, f"{path}.values[{index}]")


def validate_pods(rules: Object, path: str, opts: options.Options) -> checks.Found:
    for index, term in enumerate(rules.get(REQUIRED) or ()):
        yield from validate_pod_term(term, f"{path}.{REQUIRED}[{index}]", opts)
    for index, weighted in enumerate(rules.get(PREFERRED) or ()):
        at = f"{path}.{PREFERRED}[{index}]"
        yield from validate_weight(weighted, at)
        yield from validate_pod_term(weighted.get("podAffinityTerm") or {}, f"{at}.podAffinityTerm", opts)


def validate_pod_term(term: Object, path: str, opts: options.Options) -> checks.Found:
    for field in ("labelSelector", "namespaceSelector"):
        values = opts.allow_selector_values
        yield from labelselector.validate(term.get(field), f"{path}.{field}", allow_invalid_values=values)
    for namespace in term.get("namespaces") or ():
        yield from checks.text(namespace, names.dns1123_label, f"{path}.namespace")
    yield from validate_label_keys(term, path)
    key = term.get("topologyKey") or ""
    yield from checks.required(key, f"{path}.topologyKey", "can not be empty")
    yield from checks.label_name(key, f"{path}.topologyKey")


def validate_label_keys(term: Object, path: str) -> checks.Found:
    """`matchLabelKeys` and `mismatchLabelKeys`, whose values are taken from the pod."""
    selector, match, mismatch = (term.get(field) for field in ("labelSelector", "matchLabelKeys", "mismatchLabelKeys"))
    if not match and not mismatch:
        return
    yield from validate_keys(match or (), selector, f"{path}.matchLabelKeys")
    yield from validate_keys(mismatch or (), selector, f"{path}.mismatchLabelKeys")
    positions = {key: index for index, key in enumerate(match or ())}
    seen = set((selector or {}).get("matchLabels") or ())
    for expression in (selector or {}).get("matchExpressions") or ():
        key = expression.get("key") or ""
        if key in positions and key in seen:
            text = "exists in both matchLabelKeys and labelSelector"
            yield fielderrors.invalid(f"{path}[{positions[key]}]", key, text)
        seen.add(key)
    for index, key in enumerate(match or ()):
        if key in (mismatch or ()):
            text = "exists in both matchLabelKeys and mismatchLabelKeys"
            yield fielderrors.invalid(f"{path}.matchLabelKeys[{index}]", key, text)


def validate_keys(keys: Collection[str], selector: Object | None, path: str) -> checks.Found:
    if keys and selector is None:
        yield fielderrors.forbidden(path, NO_SELECTOR)
        return
    for index, key in enumerate(keys):
        yield from checks.label_name(key, f"{path}[{index}]")


def validate_only_additions(new: Object | None, old: Object | None, path: str) -> checks.Found:
    """What may change in the affinity to nodes of a pod that waits to be scheduled; `path` is of `nodeAffinity`."""
    before = ((old or {}).get(REQUIRED) or {}).get("nodeSelectorTerms") or []
    after = ((new or {}).get(REQUIRED) or {}).get("nodeSelectorTerms") or []
    at = f"{path}.{REQUIRED}.nodeSelectorTerms"
    if not before:
        return
    if len(before) != len(after):
        text = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        shown = internals.encode(after or None, "[]core.v1.NodeSelectorTerm")
        yield fielderrors.invalid(at, shown, text)
        return
    for index, (term, former) in enumerate(zip(after, before, strict=True)):
        if not only_added(term, former):
            shown = internals.encode(term, "core.v1.NodeSelectorTerm")
            yield fielderrors.invalid(f"{at}[{index}]", shown, "only additions are allowed (no mutations or deletions)")


def only_added(new: Object, old: Object) -> bool:
    kinds = ("matchExpressions", "matchFields")
    if not any(old.get(kind) for kind in kinds):  # a term that selects nothing stays so
        return not any(new.get(kind) for kind in kinds)
    return all((new.get(kind) or [])[: len(old.get(kind) or ())] == (old.get(kind) or []) for kind in kinds)
