"""What one request gives to expressions: its objects in the version that was matched, who asks, and an authorizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from kroute.admission import asking, attributes, forms
from kroute.cel.library import authorizing
from kroute.machinery import context, gvk, objects

Result = TypeVar("Result")
ACCOUNT_GROUPS = ("system:serviceaccounts", "system:authenticated")


class Input:
    """A request as expressions see it, if it had come for `form`.

    `resource` and `kind` are those that were matched.  All expressions of one request share its authorizer."""

    def __init__(self, found: attributes.Attributes, form: forms.Form | None, ask: asking.Ask | None) -> None:
        self._found, self._ask = found, ask
        self.resource = found.resource if form is None else form.resource
        self.kind = found.kind if form is None else form.kind
        connects = found.operation is attributes.Operation.CONNECT
        outward = None if form is None or connects else form.outward
        self.obj = shown(found.obj, outward)
        if connects and self.obj is not None:  # the options of the connection
            self.obj = {"kind": found.kind.kind, "apiVersion": found.kind.api_version, **self.obj}
        self.old = shown(found.old, outward)
        self.authorizer = authorizing.Authorizer()
        self.values: dict[str, Any] = {
            "object": self.obj,
            "oldObject": self.old,
            "request": request_of(found, self.kind, self.resource),
            "authorizer": self.authorizer,
            "authorizer.requestResource": resource_check(self.authorizer, found),
        }

    async def run(self, evaluate: Callable[[], Result]) -> Result:
        """What `evaluate` gives, once the authorizer knows all that it asks for."""
        return await authorizing.evaluate(evaluate, self.authorizer, self._decide)

    async def _decide(self, question: authorizing.Question) -> authorizing.Decision:
        if self._ask is None:
            return authorizing.Decision(True)
        user = self._found.user
        if question.account is not None:
            user = account(*question.account)
        answer = await self._ask(user, info_of(question))
        return authorizing.Decision(answer.allowed, answer.reason, answer.error)


def shown(
    obj: objects.Object | None, outward: Callable[[objects.Object], objects.Object] | None
) -> objects.Object | None:
    return obj if obj is None or outward is None else outward(obj)


def resource_check(authorizer: authorizing.Authorizer, found: attributes.Attributes) -> authorizing.ResourceCheck:
    return authorizing.ResourceCheck(
        authorizer,
        found.resource.group,
        found.resource.resource,
        subresource=found.subresource,
        namespace=found.namespace,
        name=found.name,
    )


def account(namespace: str, name: str) -> context.User:
    """A service account as one who asks."""
    groups = (ACCOUNT_GROUPS[0], f"{ACCOUNT_GROUPS[0]}:{namespace}", ACCOUNT_GROUPS[1])
    return context.User(f"system:serviceaccount:{namespace}:{name}", groups=groups)


def info_of(question: authorizing.Question) -> context.RequestInfo:
    if question.path:
        return context.RequestInfo(path=question.path, verb=question.verb)
    return asking.about(
        question.verb,
        question.resource,
        group=question.group,
        subresource=question.subresource,
        namespace=question.namespace,
        name=question.name,
    )


def request_of(
    found: attributes.Attributes, kind: gvk.GroupVersionKind, resource: gvk.GroupVersionResource
) -> dict[str, Any]:
    """An AdmissionRequest without uid and objects; what is empty isn't there, as Go leaves it out."""
    request: dict[str, Any] = {
        "kind": named(kind),
        "resource": resource._asdict(),
        "subResource": found.subresource,
        "requestKind": named(found.kind),
        "requestResource": found.resource._asdict(),
        "requestSubResource": found.subresource,
        "name": found.name,
        "namespace": found.namespace,
        "operation": str(found.operation),
        "userInfo": user_info(found.user),
        "dryRun": found.dry_run,
        "options": options_of(found),
    }
    return {key: value for key, value in request.items() if value != ""}


def named(kind: gvk.GroupVersionKind) -> dict[str, str]:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def user_info(user: context.User) -> dict[str, Any]:
    """A UserInfo."""
    made: dict[str, Any] = {"username": user.name}
    if user.uid:
        made["uid"] = user.uid
    if user.groups:
        made["groups"] = list(user.groups)
    if user.extra:
        made["extra"] = {key: list(values) for key, values in user.extra.items()}
    return made


NAMES = {
    attributes.Operation.CREATE: "CreateOptions",
    attributes.Operation.UPDATE: "UpdateOptions",
    attributes.Operation.DELETE: "DeleteOptions",
}


def options_of(found: attributes.Attributes) -> Mapping[str, Any] | None:
    """The options of the operation as an object; None for a connection."""
    kind = NAMES.get(found.operation)
    if kind is None:
        return None
    made: dict[str, Any] = {"kind": kind, "apiVersion": "meta.k8s.io/v1"}
    given = found.options
    if found.dry_run:
        made["dryRun"] = ["All"]
    for key, name in OPTIONS.items():
        value = getattr(given, name, None)
        if value not in (None, ""):
            made[key] = value
    return made


OPTIONS = {
    "gracePeriodSeconds": "grace_period_seconds",
    "orphanDependents": "orphan_dependents",
    "propagationPolicy": "propagation_policy",
    "fieldManager": "field_manager",
    "fieldValidation": "field_validation",
}
