"""How events are written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kroute.audit import events, policy
from kroute.machinery import auditing, context, requestinfo

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC)


def made(trail: auditing.Trail | None = None, uri: str = "/api/v1/namespaces/play/pods", **more: Any) -> Any:
    request = events.Request(
        audit_id="1-2",
        uri=uri,
        user=context.User("alice", "7", ("devs",), {"scopes": ("a", "b")}),
        info=requestinfo.parse("POST", "/api/v1/namespaces/play/pods", {}),
        addresses=["10.0.0.1"],
        agent="kubectl",
        received=MOMENT,
        decision=policy.Decision(policy.Level.REQUEST_RESPONSE),
        trail=trail or auditing.Trail(),
    )
    for field, value in more.items():
        setattr(request, field, value)
    return json.loads(events.event(request, policy.Stage.RESPONSE_COMPLETE, {"code": 201}, MOMENT))


def test_an_event_has_what_is_known_of_the_request_in_the_order_of_kubernetes() -> None:
    trail = auditing.Trail(keeps_request=True, keeps_response=True)
    trail.requested({"metadata": {"name": "one", "namespace": "other", "uid": "u", "resourceVersion": "3"}})
    trail.answered_json(b'{"kind":"Pod"}\n')
    trail.annotate("b", "2")
    trail.annotate("a", "1")
    found = made(trail, impersonated=context.User("bob"))
    assert list(found) == [
        "kind", "apiVersion", "level", "auditID", "stage", "requestURI", "verb", "user", "impersonatedUser",
        "sourceIPs", "userAgent", "objectRef", "responseStatus", "requestObject", "responseObject",
        "requestReceivedTimestamp", "stageTimestamp", "annotations",
    ]  # fmt: skip
    assert found["user"] == {"username": "alice", "uid": "7", "groups": ["devs"], "extra": {"scopes": ["a", "b"]}}
    assert found["objectRef"] == {
        "resource": "pods", "namespace": "play", "name": "one", "uid": "u", "apiVersion": "v1", "resourceVersion": "3",
    }  # fmt: skip
    assert found["responseStatus"] == {"metadata": {}, "code": 201}
    assert found["requestReceivedTimestamp"] == "2026-01-02T03:04:05.000060Z"
    assert list(found["annotations"].items()) == [("a", "1"), ("b", "2")]
    assert found["responseObject"] == {"kind": "Pod"}


def test_the_first_annotation_with_a_key_stays() -> None:
    trail = auditing.Trail()
    trail.annotate("a", "1")
    trail.annotate("a", "2")
    assert trail.annotations == {"a": "1"}


def test_objects_are_kept_as_they_are_when_they_are_given() -> None:
    trail = auditing.Trail(keeps_request=True)
    obj = {"metadata": {"labels": {"a": "b"}}}
    trail.requested(obj)
    obj["metadata"]["labels"]["a"] = "c"
    assert trail.request == b'{"metadata":{"labels":{"a":"b"}}}'


@pytest.mark.parametrize(
    "obj",
    [
        {"metadata": {"name": "a", "managedFields": [1]}},
        {"items": [{"metadata": {"name": "a", "managedFields": [1]}}, 1]},
        {"rows": [{"cells": [1], "object": {"metadata": {"managedFields": [1]}}}, {"object": None}]},
    ],
)
def test_managed_fields_are_left_out_where_the_policy_says_so(obj: Any) -> None:
    trail = auditing.Trail(keeps_request=True, keeps_response=True, omits_managed_fields=True)
    text = json.dumps(obj)
    trail.requested(obj)
    trail.answered_json(text.encode())
    assert trail.request is not None
    assert trail.response is not None
    assert b"managedFields" not in trail.request + trail.response
    assert json.dumps(obj) == text


def test_a_patch_that_is_no_json_is_kept_as_text() -> None:
    trail = auditing.Trail(keeps_request=True)
    trail.patched(b"spec:\n  size: 1\n")
    assert made(trail)["requestObject"] == "spec:\n  size: 1\n"


def test_a_url_that_is_no_text_does_no_harm() -> None:
    assert made(uri="/a\udcff")["requestURI"] == "/a?"


@pytest.mark.parametrize(
    "headers, remote, found",
    [
        ({}, "10.0.0.1", ["10.0.0.1"]),
        ({}, None, []),
        ({"X-Forwarded-For": "1.1.1.1, bad, 2.2.2.2"}, "10.0.0.1", ["1.1.1.1", "2.2.2.2", "10.0.0.1"]),
        ({"X-Forwarded-For": "1.1.1.1", "X-Real-Ip": "1.1.1.1"}, "1.1.1.1", ["1.1.1.1"]),
        ({"X-Real-Ip": "::1"}, "fe80::1%eth0", ["::1", "fe80::1"]),
    ],
)
def test_addresses_are_those_that_proxies_say_and_last_the_connection(
    headers: dict[str, str], remote: str | None, found: list[str]
) -> None:
    assert events.source_addresses(headers, remote) == found


def test_long_user_agents_are_cut() -> None:
    assert events.shown_agent("a" * 1024) == "a" * 1024
    assert events.shown_agent("a" * 1025) == "a" * 1024 + "...TRUNCATED"
