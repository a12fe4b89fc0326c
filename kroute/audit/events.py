"""Audit events as JSON (`audit.k8s.io/v1`), in the order of fields that kube-apiserver has.

The part that all events of a request share is made once.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kroute.audit import policy
from kroute.machinery import auditing, context, times

LONGEST_AGENT, AGENT_SUFFIX = 1024, "...TRUNCATED"
TRUNCATED = "audit.k8s.io/truncated"


@dataclass(slots=True, kw_only=True)
class Request:
    """What is known of a request when its auditing begins; `impersonated` is filled in later.

    `constraint` is the verb that allowed that, "" for the one that allows all requests."""

    audit_id: str
    uri: str
    user: context.User
    info: context.RequestInfo
    addresses: list[str]
    agent: str
    received: datetime
    decision: policy.Decision
    trail: auditing.Trail
    impersonated: context.User | None = None
    constraint: str = ""


def event(
    request: Request, stage: policy.Stage, status: Mapping[str, Any] | None, moment: datetime, *, whole: bool = True
) -> bytes:
    """One event.  `status` is a Status without kind and apiVersion; without `whole` the objects are left out."""
    trail = request.trail
    found: dict[str, Any] = {
        "kind": "Event",
        "apiVersion": policy.VERSION,
        "level": policy.LEVEL_NAMES[request.decision.level],
        "auditID": request.audit_id,
        "stage": stage.value,
        "requestURI": request.uri,
        "verb": request.info.verb,
        "user": user_info(request.user),
    }
    if request.impersonated is not None:
        found["impersonatedUser"] = user_info(request.impersonated)
    if request.constraint:
        found["authenticationMetadata"] = {"impersonationConstraint": request.constraint}
    if request.addresses:
        found["sourceIPs"] = request.addresses
    if request.agent:
        found["userAgent"] = request.agent
    if reference := object_reference(request.info, trail):
        found["objectRef"] = reference
    if status is not None:
        found["responseStatus"] = {"metadata": {}, **status}
    if whole:
        if trail.request is not None:
            found["requestObject"] = orjson.Fragment(trail.request)
        if trail.response is not None:
            found["responseObject"] = orjson.Fragment(trail.response)
    found["requestReceivedTimestamp"] = times.show_micro(request.received)
    found["stageTimestamp"] = times.show_micro(moment)
    annotations = trail.annotations if whole else {**trail.annotations, TRUNCATED: "true"}
    if annotations:
        found["annotations"] = dict(sorted(annotations.items()))
    try:
        return orjson.dumps(found)
    except TypeError:  # a lone surrogate somewhere in the URL or a header
        return orjson.dumps(mended(found))


def mended(value: Any) -> Any:
    """The value with a mark in the place of what is no Unicode text."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mended(item) for item in value]
    return value


def user_info(user: context.User) -> dict[str, Any]:
    """A user as authentication.k8s.io's UserInfo."""
    found: dict[str, Any] = {"username": user.name} if user.name else {}
    if user.uid:
        found["uid"] = user.uid
    if user.groups:
        found["groups"] = list(user.groups)
    if user.extra:
        found["extra"] = {key: list(values) for key, values in user.extra.items()}
    return found


def object_reference(info: context.RequestInfo, trail: auditing.Trail) -> dict[str, str]:
    """What a request is about; the object itself may say more than the URL."""
    if not info.is_resource:
        return {}
    own = trail.reference
    found = {
        "resource": info.resource,
        "namespace": info.namespace or own.get("namespace", ""),
        "name": info.name or own.get("name", ""),
        "uid": own.get("uid", ""),
        "apiGroup": info.group,
        "apiVersion": info.version,
        "resourceVersion": own.get("resourceVersion", ""),
        "subresource": info.subresource,
    }
    return {key: value for key, value in found.items() if value}


def source_addresses(headers: Mapping[str, str], remote: str | None) -> list[str]:
    """Where a request comes from: what proxies say, and last the connection's own other end."""
    said = [_address(part) for part in headers.get("X-Forwarded-For", "").split(",")]
    found = [address for address in said if address]
    real = _address(headers.get("X-Real-Ip", ""))
    if real and real not in found:
        found.append(real)
    if remote and (own := _address(remote)) and (not found or found[-1] != own):
        found.append(own)
    return found


def _address(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return ""


def shown_agent(agent: str) -> str:
    """A user agent, cut where it is too long."""
    return agent if len(agent) <= LONGEST_AGENT else agent[:LONGEST_AGENT] + AGENT_SUFFIX
