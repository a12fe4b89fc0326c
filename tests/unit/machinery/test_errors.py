"""API errors as Status objects."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import errors, fielderrors, gvk

PODS = gvk.GroupResource("", "pods")
JOBS = gvk.GroupResource("batch", "jobs")


@pytest.mark.parametrize(
    "error, code, reason, message, details",
    [
        (errors.BadRequest("no"), 400, "BadRequest", "no", None),
        (errors.Unauthorized(), 401, "Unauthorized", "Unauthorized", None),
        (
            errors.Forbidden.of(PODS, "a", "not today"),
            403,
            "Forbidden",
            'pods "a" is forbidden: not today',
            {"name": "a", "kind": "pods"},
        ),
        (
            errors.Forbidden.of(JOBS, "", "no"),
            403,
            "Forbidden",
            "jobs.batch is forbidden: no",
            {"group": "batch", "kind": "jobs"},
        ),
        (errors.Forbidden.of(gvk.GroupResource("", ""), "", "no"), 403, "Forbidden", "forbidden: no", {}),
        (
            errors.NotFound.of(JOBS, "a"),
            404,
            "NotFound",
            'jobs.batch "a" not found',
            {"name": "a", "group": "batch", "kind": "jobs"},
        ),
        (
            errors.NotFound.of(PODS, 'a"\n'),
            404,
            "NotFound",
            'pods "a\\"\\n" not found',
            {"name": 'a"\n', "kind": "pods"},
        ),
        (errors.NotFound.path(), 404, "NotFound", "the server could not find the requested resource", {}),
        (
            errors.MethodNotSupported.path(),
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
            {},
        ),
        (
            errors.MethodNotSupported.of(JOBS, "delete"),
            405,
            "MethodNotAllowed",
            'delete is not supported on resources of kind "jobs.batch"',
            {"group": "batch", "kind": "jobs"},
        ),
        (
            errors.AlreadyExists.of(PODS, "a"),
            409,
            "AlreadyExists",
            'pods "a" already exists',
            {"name": "a", "kind": "pods"},
        ),
        (
            errors.AlreadyExists.generated(gvk.GroupResource("", "configmaps"), "fixed"),
            409,
            "AlreadyExists",
            'configmaps "fixed" already exists, the server was not able to generate a unique name for the object',
            {"name": "fixed", "kind": "configmaps", "retryAfterSeconds": 1},
        ),
        (
            errors.Conflict.of(PODS, "a", "the object has been modified"),
            409,
            "Conflict",
            'Operation cannot be fulfilled on pods "a": the object has been modified',
            {"name": "a", "kind": "pods"},
        ),
        (
            errors.RequestEntityTooLarge.of("limit is 3145728"),
            413,
            "RequestEntityTooLarge",
            "Request entity too large: limit is 3145728",
            None,
        ),
        (errors.TooManyRequests.of("slow", 3), 429, "TooManyRequests", "slow", {"retryAfterSeconds": 3}),
        (
            errors.InternalError.of("broken"),
            500,
            "InternalError",
            "Internal error occurred: broken",
            {"causes": [{"message": "broken"}]},
        ),
        (
            errors.Timeout.too_large_version(888, 29),
            504,
            "Timeout",
            "Timeout: Too large resource version: 888, current: 29",
            {
                "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
                "retryAfterSeconds": 1,
            },
        ),
    ],
)
def test_an_error_is_a_status(
    error: errors.APIError, code: int, reason: str, message: str, details: dict[str, Any] | None
) -> None:
    wanted: dict[str, Any] = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
    }
    wanted |= {"reason": reason, "code": code} | ({} if details is None else {"details": details})
    assert error.status() == wanted


def test_an_error_without_a_reason_says_none() -> None:
    status = errors.Plain("resourceVersion should not be set on objects to be created").status()
    assert "reason" not in status
    assert status["code"] == 500


def test_waiting_times_go_into_a_header() -> None:
    assert errors.TooManyRequests.of("x", 3).headers == {"Retry-After": "3"}
    assert errors.AlreadyExists.generated(PODS, "a").headers == {"Retry-After": "1"}


def test_an_invalid_object_has_a_cause_for_each_error() -> None:
    found = [fielderrors.required("spec.a"), fielderrors.invalid("spec.b", 1, "no"), fielderrors.required("spec.a")]
    error = errors.Invalid.of(gvk.GroupKind("batch", "Job"), "a", found)
    assert error.message == 'Job.batch "a" is invalid: [spec.a: Required value, spec.b: Invalid value: 1: no]'
    assert error.details == {
        "name": "a",
        "group": "batch",
        "kind": "Job",
        "causes": [
            {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.a"},
            {"reason": "FieldValueInvalid", "message": "Invalid value: 1: no", "field": "spec.b"},
            {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.a"},
        ],
    }


def test_an_invalid_object_without_errors_is_just_invalid() -> None:
    assert errors.Invalid.of(gvk.GroupKind("", "Pod"), "", []).message == 'Pod "" is invalid'
