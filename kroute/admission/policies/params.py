"""The objects that parameterise a policy: found by name or by labels, in the request's namespace or another.

Mirrors CollectParams of `plugin/policy/generic` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.admission import forms
from kroute.machinery import gvk, labelselector, objects
from kroute.storage import lookups

CLUSTER_NAMESPACE = "paramRef.namespace must not be provided for a cluster-scoped `paramKind`"
NO_NAMESPACE = "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
NOT_FOUND = "no params found for policy binding with `Deny` parameterNotFoundAction"


class ConfigurationError(Exception):
    """A policy or a binding can't be used; the text says why."""


def kind_of(given: Mapping[str, Any] | None) -> gvk.GroupVersionKind | None:
    """A `paramKind`."""
    if given is None:
        return None
    group_version = gvk.GroupVersion.parse(given.get("apiVersion") or "")
    return gvk.GroupVersionKind(*group_version, given.get("kind") or "")


def form_of(kind: gvk.GroupVersionKind | None, known: forms.Forms | None) -> forms.Form | None:
    """How parameters travel; None where there are none.  Raises ConfigurationError for a kind that isn't served."""
    if kind is None:
        return None
    found = None if known is None else known.of_kind(kind)
    if found is None:
        shown = f"{kind.group}/{kind.version}, Kind={kind.kind}"
        raise ConfigurationError(f"failed to find resource referenced by paramKind: '{shown}'")
    return found


async def collect(
    form: forms.Form | None, reference: Mapping[str, Any] | None, namespace: str
) -> Sequence[objects.Object | None]:
    """The parameters of a binding, each of which the policy is asked with; None for none.

    Raises ConfigurationError."""
    if form is None or reference is None or form.core is None:
        return [None]
    where = reference.get("namespace") or ""
    if not form.namespaced:
        if where:
            raise ConfigurationError(CLUSTER_NAMESPACE)
    else:
        where = where or namespace
        if not where:
            raise ConfigurationError(NO_NAMESPACE)
    found = await looked_up(lookups.Lookup(form.core), reference, where)
    if not found and reference.get("parameterNotFoundAction") == "Deny":
        raise ConfigurationError(NOT_FOUND)
    return [form.outward(each) for each in found]


async def looked_up(at: lookups.Lookup, reference: Mapping[str, Any], namespace: str) -> list[objects.Object]:
    """Raises ConfigurationError."""
    name, selector = reference.get("name") or "", reference.get("selector")
    if name and selector is not None:
        raise ConfigurationError("paramRef.name and paramRef.selector are mutually exclusive")
    if name:
        found = await at.find(name, namespace)
        return [] if found is None else [found]
    if selector is None:
        raise ConfigurationError("one of name or selector must be provided")
    matches = labelselector.compiled(selector).matches
    return [each for each in await at.all(namespace) if matches(each["metadata"].get("labels") or {})]
