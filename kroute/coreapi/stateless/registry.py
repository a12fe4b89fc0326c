"""Which storage object each resource without a store has.

Such a resource has a file of its own here, and a line below; one without is not served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from kroute.coreapi import rows
from kroute.coreapi.stateless import accessreviews, bindings, cases, componentstatuses, rulesreviews, tokenreviews

Make: TypeAlias = Callable[[cases.Case], Any]
"""Makes a storage object; how its objects look is derived from the kind."""


def all_makers() -> Mapping[str, Make]:
    """What makes them, by resource."""
    return {
        "bindings": bindings.Bindings,
        "componentstatuses": componentstatuses.ComponentStatuses,
        "tokenreviews.authentication.k8s.io": tokenreviews.TokenReviews,
        "selfsubjectreviews.authentication.k8s.io": tokenreviews.SelfSubjectReviews,
        "subjectaccessreviews.authorization.k8s.io": accessreviews.subject_reviews,
        "localsubjectaccessreviews.authorization.k8s.io": accessreviews.local_reviews,
        "selfsubjectaccessreviews.authorization.k8s.io": accessreviews.self_reviews,
        "selfsubjectrulesreviews.authorization.k8s.io": rulesreviews.RulesReviews,
    }


STATELESS = frozenset({"componentstatuses"})
"""Resources that can be read but have no store."""


def is_stateless(row: rows.Row) -> bool:
    return not row.stored or str(row.group_resource) in STATELESS
