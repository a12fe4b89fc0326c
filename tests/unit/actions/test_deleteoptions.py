"""Options of deletions, from bodies and queries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kroute.actions import deleteoptions, media
from kroute.machinery import errors
from kroute.storage import options

READER = deleteoptions.Reader()
INVALID = 'DeleteOptions.meta.k8s.io "" is invalid: '
NO_KIND = (
    'is registered for version "v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"'
)


def of_body(body: Any) -> options.DeleteOptions:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return READER.of_body(media.JSONCodec(), raw)


@pytest.mark.parametrize("version", ["v1", "meta.k8s.io/v1", "policy/v1", "apps/v1", None])
def test_a_body_may_be_of_any_group_version(version: str | None) -> None:
    body = {"apiVersion": version, "kind": "DeleteOptions", "propagationPolicy": "Background", "force": True}
    assert of_body(body).propagation_policy == "Background"


def test_everything_a_body_can_say() -> None:
    body = {
        "gracePeriodSeconds": 5,
        "preconditions": {"uid": "", "resourceVersion": "7"},
        "orphanDependents": False,
        "dryRun": ["All"],
    }
    assert of_body(body) == options.DeleteOptions(
        grace_period_seconds=5,
        preconditions=options.Preconditions("", "7"),
        orphan_dependents=False,
        dry_run=True,
    )
    assert of_body({}) == of_body(b"null") == options.DeleteOptions()


def test_everything_a_query_can_say() -> None:
    found = READER.of_query(
        {
            "gracePeriodSeconds": ["0"],
            "orphanDependents": ["true"],
            "uid": ["u"],
            "dryRun": ["All", "All"],
            "other": ["x"],
        }
    )
    assert found == options.DeleteOptions(
        grace_period_seconds=0, preconditions=options.Preconditions("u"), orphan_dependents=True, dry_run=True
    )
    assert READER.of_query({}) == options.DeleteOptions()
    assert READER.of_query({"propagationPolicy": ["Orphan"]}).propagation_policy == "Orphan"


@pytest.mark.parametrize(
    "body, message",
    [
        (
            {"gracePeriodSeconds": "soon"},
            "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64",
        ),
        (
            {"preconditions": "uid"},
            "json: cannot unmarshal string into Go struct field DeleteOptions.preconditions of type v1.Preconditions",
        ),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, f'no kind "ConfigMap" {NO_KIND}'),
        ({"kind": "DeleteStuff"}, f'no kind "DeleteStuff" {NO_KIND}'),
        ({"kind": "Status"}, "decoded object cannot be converted to DeleteOptions"),
        (
            b"{oops",
            "couldn't get version/kind; json parse error: "
            "invalid character 'o' looking for beginning of object key string",
        ),
    ],
)
def test_bodies_that_are_no_options_are_bad_requests(body: Any, message: str) -> None:
    with pytest.raises(errors.BadRequest) as found:
        of_body(body)
    assert found.value.message == message


@pytest.mark.parametrize(
    "body, message",
    [
        (
            {"propagationPolicy": "Sometimes"},
            'propagationPolicy: Unsupported value: "Sometimes": '
            'supported values: "Foreground", "Background", "Orphan", "nil"',
        ),
        (
            {"propagationPolicy": "Background", "orphanDependents": False},
            'propagationPolicy: Invalid value: "Background": '
            "orphanDependents and deletionPropagation cannot be both set",
        ),
        ({"dryRun": ["Some"]}, 'dryRun: Unsupported value: ["Some"]: supported values: "All"'),
    ],
)
def test_options_that_make_no_sense_are_invalid(body: Any, message: str) -> None:
    with pytest.raises(errors.Invalid) as found:
        of_body(body)
    assert found.value.message == INVALID + message
    values = {
        key: value if isinstance(value, list) else [str(value).lower() if value is False else value]
        for key, value in body.items()
    }
    with pytest.raises(errors.Invalid) as found:
        READER.of_query(values)
    assert found.value.message == INVALID + message


def test_a_grace_period_that_is_no_number_is_a_bad_request() -> None:
    with pytest.raises(errors.BadRequest) as found:
        READER.of_query({"gracePeriodSeconds": ["abc"]})
    assert found.value.message == 'strconv.ParseInt: parsing "abc": invalid syntax'
