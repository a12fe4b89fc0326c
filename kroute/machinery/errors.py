"""API errors: what goes wrong, as a client is told.

Each error is an exception that carries the fields of a Kubernetes Status.  Whoever answers a request turns it
into the Status object once, with `status()`; nothing below that place writes Status objects itself.
Reasons, codes and texts mirror `k8s.io/apimachinery/pkg/api/errors`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from kroute.machinery import fielderrors, goformat, gvk, objects


class APIError(Exception):
    """An answer other than success.

    `details` is the Status' details object (name, group, kind, uid, causes, retryAfterSeconds) or None;
    `headers` are response headers that go with it.
    """

    code: ClassVar[int] = 500
    reason: ClassVar[str] = "InternalError"

    def __init__(
        self,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        code: int | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.headers = headers or {}
        self.status_code = self.code if code is None else code
        self.status_reason = self.reason if reason is None else reason

    def status(self) -> objects.Object:
        """The Status object for this error."""
        body: objects.Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.status_reason:
            body["reason"] = self.status_reason
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.status_code
        return body


class BadRequest(APIError):
    code, reason = 400, "BadRequest"


class Unauthorized(APIError):
    code, reason = 401, "Unauthorized"

    def __init__(self, message: str = "Unauthorized") -> None:
        super().__init__(message)


class Forbidden(APIError):
    code, reason = 403, "Forbidden"

    @classmethod
    def of(cls, resource: gvk.GroupResource, name: str, why: str) -> Forbidden:
        """`RESOURCE "NAME" is forbidden: WHY`, as admission and the registry say it."""
        details = resource_details(resource, name)
        if not resource.resource:
            return cls(f"forbidden: {why}", details=details)
        if not name:
            return cls(f"{resource} is forbidden: {why}", details=details)
        return cls(f"{resource} {goformat.quote(name)} is forbidden: {why}", details=details)


class NotFound(APIError):
    code, reason = 404, "NotFound"

    @classmethod
    def of(cls, resource: gvk.GroupResource, name: str) -> NotFound:
        return cls(f"{resource} {goformat.quote(name)} not found", details=resource_details(resource, name))

    @classmethod
    def path(cls) -> NotFound:
        """For a path below a served group-version that nothing is installed at."""
        return cls("the server could not find the requested resource", details={})


class MethodNotSupported(APIError):
    code, reason = 405, "MethodNotAllowed"

    @classmethod
    def path(cls) -> MethodNotSupported:
        """For a method that nothing is installed for at a served path."""
        return cls("the server does not allow this method on the requested resource", details={})

    @classmethod
    def of(cls, resource: gvk.GroupResource, action: str) -> MethodNotSupported:
        message = f"{action} is not supported on resources of kind {goformat.quote(str(resource))}"
        return cls(message, details=resource_details(resource, ""))


class NotAcceptable(APIError):
    code, reason = 406, "NotAcceptable"


class AlreadyExists(APIError):
    code, reason = 409, "AlreadyExists"

    @classmethod
    def of(cls, resource: gvk.GroupResource, name: str) -> AlreadyExists:
        return cls(f"{resource} {goformat.quote(name)} already exists", details=resource_details(resource, name))

    @classmethod
    def generated(cls, resource: gvk.GroupResource, name: str, retry_after: int = 1) -> AlreadyExists:
        """For a create that asked for a generated name and met a taken one."""
        why = "already exists, the server was not able to generate a unique name for the object"
        details = resource_details(resource, name) | {"retryAfterSeconds": retry_after}
        headers = {"Retry-After": str(retry_after)}
        return cls(f"{resource} {goformat.quote(name)} {why}", details=details, headers=headers)


class Conflict(APIError):
    code, reason = 409, "Conflict"

    @classmethod
    def of(cls, resource: gvk.GroupResource, name: str, why: str) -> Conflict:
        message = f"Operation cannot be fulfilled on {resource} {goformat.quote(name)}: {why}"
        return cls(message, details=resource_details(resource, name))


class Expired(APIError):
    code, reason = 410, "Expired"


class RequestEntityTooLarge(APIError):
    code, reason = 413, "RequestEntityTooLarge"

    @classmethod
    def of(cls, why: str) -> RequestEntityTooLarge:
        return cls(f"Request entity too large: {why}")


class UnsupportedMediaType(APIError):
    code, reason = 415, "UnsupportedMediaType"


class Invalid(APIError):
    """422 with one cause for each field error."""

    code, reason = 422, "Invalid"

    @classmethod
    def of(cls, kind: gvk.GroupKind, name: str, found: Iterable[fielderrors.FieldError]) -> Invalid:
        found = list(found)
        details: dict[str, Any] = {"kind": kind.kind}
        if name:
            details["name"] = name
        if kind.group:
            details["group"] = kind.group
        causes = [error.cause() for error in found]
        if causes:
            details["causes"] = causes
        what = f"{kind} {goformat.quote(name)} is invalid"
        return cls(f"{what}: {fielderrors.aggregate(found)}" if found else what, details=details)


class TooManyRequests(APIError):
    code, reason = 429, "TooManyRequests"

    @classmethod
    def of(cls, message: str, retry_after: int) -> TooManyRequests:
        """`retry_after` seconds go into the details and the Retry-After header."""
        details = {"retryAfterSeconds": retry_after} if retry_after else {}
        return cls(message, details=details, headers={"Retry-After": str(retry_after)} if retry_after else None)


class InternalError(APIError):
    code, reason = 500, "InternalError"

    @classmethod
    def of(cls, why: str) -> InternalError:
        return cls(f"Internal error occurred: {why}", details={"causes": [{"message": why}]})


class ServiceUnavailable(APIError):
    code, reason = 503, "ServiceUnavailable"


class Plain(APIError):
    """500 without a reason: how kube-apiserver answers errors that carry no status of their own."""

    code, reason = 500, ""


class Timeout(APIError):
    code, reason = 504, "Timeout"

    @classmethod
    def of(cls, why: str, retry_after: int = 0) -> Timeout:
        details = {"retryAfterSeconds": retry_after} if retry_after else {}
        return cls(
            f"Timeout: {why}", details=details, headers={"Retry-After": str(retry_after)} if retry_after else None
        )

    @classmethod
    def too_large_version(cls, wanted: int, current: int) -> Timeout:
        """For a resourceVersion that the server has not reached."""
        error = cls.of(f"Too large resource version: {wanted}, current: {current}", 1)
        cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        error.details = {"causes": [cause], "retryAfterSeconds": 1}
        return error


def resource_details(resource: gvk.GroupResource, name: str) -> dict[str, Any]:
    """Status details that name one object; empty parts are left out."""
    details: dict[str, Any] = {}
    if name:
        details["name"] = name
    if resource.group:
        details["group"] = resource.group
    if resource.resource:
        details["kind"] = resource.resource
    return details
