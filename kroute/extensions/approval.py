"""Groups of the Kubernetes community: a definition there must say where its API was approved.

Mirrors `pkg/apihelpers` and `pkg/controller/apiapproval` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from urllib import parse

from kroute.extensions import conditions
from kroute.machinery import goformat, objects

ANNOTATION = "api-approved.kubernetes.io"
MUST = f"protected groups must have approval annotation {goformat.quote(ANNOTATION)}"
SEE = "see https://github.com/kubernetes/enhancements/pull/1111"


def is_protected(group: str) -> bool:
    return any(group == name or group.endswith(f".{name}") for name in ("k8s.io", "kubernetes.io"))


def state(crd: objects.Object) -> tuple[str, str]:
    """What is to be said of a definition's annotation: a reason, and a text."""
    value = (crd["metadata"].get("annotations") or {}).get(ANNOTATION) or ""
    if not value:
        return "MissingAnnotation", f"{MUST}, {SEE}"
    if value.startswith("unapproved"):
        return "UnapprovedAnnotation", f"not approved: {goformat.quote(value)}"
    try:
        url = parse.urlsplit(value)
        approved = bool(url.scheme and url.netloc)
    except ValueError:
        approved = False
    if approved:
        return "ApprovedAnnotation", f"approved in {value}"
    return "InvalidAnnotation", f'{MUST} with either a URL or a reason starting with "unapproved", {SEE}'


def condition(crd: objects.Object) -> conditions.Condition | None:
    """The condition about the approval; None in other groups."""
    if not is_protected(crd["spec"]["group"]):
        return None
    reason, text = state(crd)
    status = "True" if reason == "ApprovedAnnotation" else "False"
    return conditions.Condition(conditions.APPROVED, status, reason, text)
