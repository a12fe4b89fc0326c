"""Asking another server what users may do: SubjectAccessReviews to a webhook, with its answers remembered.

Mirrors `k8s.io/apiserver/plugin/pkg/authorizer/webhook`, with reviews of `authorization.k8s.io/v1` or `v1beta1`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

import orjson

from kroute.auth import accessconditions, authorization
from kroute.machinery import context, fields, labels, objects
from kroute.webhook import client

REMEMBERED, LONGEST = 8192, 10_000
"""How many answers are remembered, and for how many characters of what a client chose."""

BOTH = "webhook subject access review returned both allow and deny response"
LABEL_OPERATORS = {
    labels.IN: "In",
    labels.EQUALS: "In",
    labels.DOUBLE_EQUALS: "In",
    labels.NOT_IN: "NotIn",
    labels.NOT_EQUALS: "NotIn",
    labels.EXISTS: "Exists",
    labels.ABSENT: "DoesNotExist",
}


class Reviewer(Protocol):
    """Sends reviews to a server."""

    async def post(self, review: objects.Object) -> Any:
        """What comes back: the review with its status.  Raises client.CallError."""
        ...


class Webhook:
    """The authorizer.  `authorized_ttl` and `unauthorized_ttl` are how many seconds answers hold.

    With `conditions` the webhook is asked about requests alone that they hold for.  `fail_closed`: what can't be asked
    is refused, else others decide."""

    def __init__(
        self,
        reviewer: Reviewer,
        *,
        version: str = "v1",
        authorized_ttl: float = 300.0,
        unauthorized_ttl: float = 30.0,
        conditions: accessconditions.Conditions | None = None,
        fail_closed: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reviewer, self._version, self._clock = reviewer, version, clock
        self._conditions = conditions
        self._on_error = authorization.Verdict.DENY if fail_closed else authorization.Verdict.NO_OPINION
        self._ttl = {True: authorized_ttl, False: unauthorized_ttl}
        self._known: OrderedDict[bytes, tuple[float, objects.Object]] = OrderedDict()

    async def rules_for(self, user: context.User, namespace: str) -> authorization.Rules:
        text = "webhook authorizer does not support user rule resolution"
        return authorization.Rules((), incomplete=True, error=text)

    async def authorize(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        spec = spec_of(user, info)
        if self._conditions is not None:
            match = self._conditions.match(spec)
            if not match.matches:
                verdict = self._on_error if match.error else authorization.Verdict.NO_OPINION
                return authorization.Decision(verdict, "", match.error)
        if self._version != "v1" and "groups" in spec:
            spec["group"] = spec.pop("groups")
        key = orjson.dumps(spec, option=orjson.OPT_SORT_KEYS)
        status = self._remembered(key)
        if status is None:
            review = {
                "kind": "SubjectAccessReview",
                "apiVersion": f"authorization.k8s.io/{self._version}",
                "metadata": {},
                "spec": spec,
            }
            try:
                answer: Any = await self._reviewer.post(review)
            except client.CallError as error:
                return authorization.Decision(self._on_error, "", str(error))
            found = answer.get("status") if isinstance(answer, dict) else None
            status = found if isinstance(found, dict) else {}
            if controlled(info) < LONGEST:
                self._remember(key, status)
        return decision_of(status)

    def _remembered(self, key: bytes) -> objects.Object | None:
        found = self._known.get(key)
        if found is None:
            return None
        if found[0] <= self._clock():
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return found[1]

    def _remember(self, key: bytes, status: objects.Object) -> None:
        ttl = self._ttl[status.get("allowed") is True]
        if ttl > 0:
            self._known[key] = self._clock() + ttl, status
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def decision_of(status: objects.Object) -> authorization.Decision:
    """What the status of a review says."""
    reason = status.get("reason")
    text = reason if isinstance(reason, str) else ""
    allowed, denied = status.get("allowed") is True, status.get("denied") is True
    if denied:
        return authorization.Decision(authorization.Verdict.DENY, text, BOTH if allowed else "")
    return authorization.Decision(authorization.Verdict.ALLOW if allowed else authorization.Verdict.NO_OPINION, text)


def spec_of(user: context.User, info: context.RequestInfo) -> objects.Object:
    """The spec of a review."""
    spec: objects.Object = {"user": user.name, "uid": user.uid, "groups": list(user.groups)}
    spec["extra"] = {key: list(values) for key, values in user.extra.items()}
    spec = {field: value for field, value in spec.items() if value}
    if not info.is_resource:
        spec["nonResourceAttributes"] = present({"path": info.path, "verb": info.verb})
        return spec
    attributes: objects.Object = {
        "namespace": info.namespace,
        "verb": info.verb,
        "group": info.group,
        "version": info.version,
        "resource": info.resource,
        "subresource": info.subresource,
        "name": info.name,
        "fieldSelector": field_requirements(info.field_selector),
        "labelSelector": label_requirements(info.label_selector),
    }
    spec["resourceAttributes"] = present(attributes)
    return spec


def present(values: objects.Object) -> objects.Object:
    return {field: value for field, value in values.items() if value}


def field_requirements(selector: str) -> objects.Object | None:
    """A field selector as reviews have it; None for one that asks for nothing, or can't be read."""
    try:
        found = fields.parse(selector).requirements if selector else ()
    except fields.SelectorError:
        return None
    shown = [
        {"key": field, "operator": "In" if operator == fields.EQUALS else "NotIn", "values": [value]}
        for field, operator, value in found
    ]
    return {"requirements": shown} if shown else None


def label_requirements(selector: str) -> objects.Object | None:
    """A label selector as reviews have it; what they have no operator for is left out."""
    try:
        found = labels.parse(selector).requirements if selector else ()
    except labels.SelectorError:
        return None
    shown = [
        present({"key": key, "operator": LABEL_OPERATORS[operator], "values": list(values)})
        for key, operator, values in found
        if operator in LABEL_OPERATORS
    ]
    return {"requirements": shown} if shown else None


def controlled(info: context.RequestInfo) -> int:
    """How long the attributes are that the client chose."""
    parts = (info.namespace, info.verb, info.group, info.version, info.resource, info.subresource, info.name, info.path)
    return sum(map(len, parts)) + len(info.field_selector) + len(info.label_selector)
