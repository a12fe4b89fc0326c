"""Labels of nodes that have new names or no meaning any more, and warnings about selectors that still use them.

Mirrors `pkg/api/node`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import names

Object = Mapping[str, Any]
OLD = {
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
    "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
}


def of_selector(labels: Iterable[str], path: str) -> Iterator[str]:
    """Warnings about a simple selector of nodes."""
    for key in labels:
        if key in OLD:
            yield f"{path}[{key}]: {OLD[key]}"


def of_term(term: Object, path: str, *, check_values: bool) -> Iterator[str]:
    """Warnings about a term of a node selector; `check_values` where values that no label has are let pass."""
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        at, key = f"{path}.matchExpressions[{index}]", expression.get("key") or ""
        if key in OLD:
            yield f"{at}.key: {key} is {OLD[key]}"
        if check_values:
            for number, value in enumerate(expression.get("values") or ()):
                for error in checks.text(value, names.label_value, f"{at}.values[{number}]"):
                    yield f"{error.path}: {error.detail}"
