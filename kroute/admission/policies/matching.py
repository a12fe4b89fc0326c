"""MatchResources: which requests a policy or a binding is for, and in which form it wants the objects.

Mirrors `plugin/policy/matching` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kroute.admission import attributes, forms, rules
from kroute.machinery import labels, labelselector

EXCLUDED = frozenset({
    ("authentication.k8s.io", "selfsubjectreviews"), ("authentication.k8s.io", "tokenreviews"),
    ("authorization.k8s.io", "localsubjectaccessreviews"), ("authorization.k8s.io", "selfsubjectaccessreviews"),
    ("authorization.k8s.io", "selfsubjectrulesreviews"), ("authorization.k8s.io", "subjectaccessreviews"),
})  # fmt: skip
"""Groups and resources that no policy is asked about: what decides who may do what."""


class Match(NamedTuple):
    """A request is matched; `form` is the endpoint it might have come for, None where forms aren't known."""

    form: forms.Form | None


class Criteria:
    """`rules` none: every resource."""

    def __init__(
        self,
        *,
        included: Sequence[rules.Rule],
        excluded: Sequence[rules.Rule],
        namespace_selector: labels.Selector,
        object_selector: labels.Selector,
        equivalent: bool,
    ) -> None:
        self._included, self._excluded = included, excluded
        self._namespaces, self._objects, self._equivalent = namespace_selector, object_selector, equivalent

    def might(self, found: attributes.Attributes) -> bool:
        """Whether a request of this operation and resource can be matched at all."""
        return not self._included or self._covering(self._included, found, named=False) is not None

    async def match(self, found: attributes.Attributes, selecting: rules.Selecting) -> Match | None:
        """How a request is matched; None when it isn't."""
        if not selecting.obj(self._objects, found):
            return None
        if not await selecting.in_namespace(self._namespaces, found):
            return None
        if self._excluded and self._covering(self._excluded, found) is not None:
            return None
        return self._covering(self._included, found) if self._included else Match(found.form)

    def _covering(
        self, some: Sequence[rules.Rule], found: attributes.Attributes, *, named: bool = True
    ) -> Match | None:
        for rule in some:
            if rule.covers(found, found.resource) and (not named or rule.covers_name(found.name)):
                return Match(found.form)
        if not self._equivalent or found.form is None or found.form.related is None:
            return None
        others = found.form.related.equivalents(found.form)
        for rule in some:
            for form in others:
                if rule.covers(found, form.resource) and (not named or rule.covers_name(found.name)):
                    return Match(form)
        return None


def criteria(given: Mapping[str, Any]) -> Criteria:
    """MatchResources as objects have them, which were validated."""
    return Criteria(
        included=[rules.of(each) for each in given.get("resourceRules") or ()],
        excluded=[rules.of(each) for each in given.get("excludeResourceRules") or ()],
        namespace_selector=labelselector.compiled(given.get("namespaceSelector") or {}),
        object_selector=labelselector.compiled(given.get("objectSelector") or {}),
        equivalent=given.get("matchPolicy") == "Equivalent",
    )


def is_excluded(found: attributes.Attributes) -> bool:
    """Whether no policy is asked about a request."""
    return rules.is_exempt(found) or (found.resource.group, found.resource.resource) in EXCLUDED
