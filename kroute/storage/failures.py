"""What a backend says, as clients are told: the one place where backend errors become API errors.

Mirrors `k8s.io/apiserver/pkg/storage/errors`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kroute.machinery import errors, gvk, objects
from kroute.storage import options
from kroute.storage.backend import errors as backend_errors

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
RETRY_SECONDS = 2


@contextmanager
def reported(resource: gvk.GroupResource, operation: str) -> Iterator[None]:
    """Turn a store that can't be reached, or a watch cache that doesn't catch up, into a retryable answer.

    Other backend errors are the caller's to handle."""
    try:
        yield
    except backend_errors.RevisionTooLarge as error:
        raise errors.Timeout.too_large_version(error.revision, error.current) from error
    except backend_errors.Unavailable as error:
        raise unavailable(resource, operation) from error
    except backend_errors.Unreadable as error:
        raise error.error from error


def unavailable(resource: gvk.GroupResource, operation: str) -> errors.APIError:
    """The store can't be reached just now."""
    details = errors.resource_details(resource, "") | {"retryAfterSeconds": RETRY_SECONDS}
    details["name"] = operation
    return errors.ServiceUnavailable(
        f"The {operation} operation against {resource} could not be completed at this time, please try again.",
        details=details,
        headers={"Retry-After": str(RETRY_SECONDS)},
        reason="ServerTimeout",
    )


def check_preconditions(
    wanted: options.Preconditions, obj: objects.Object | None, *, resource: gvk.GroupResource, name: str, path: str
) -> None:
    """Refuse a write whose preconditions don't hold; `path` is where kube-apiserver would keep the object.

    An object that isn't there has an empty uid and resourceVersion."""
    metadata = obj["metadata"] if obj is not None else {}
    for label, value, actual in (
        ("UID", wanted.uid, metadata.get("uid", "")),
        ("ResourceVersion", wanted.resource_version, metadata.get("resourceVersion", "")),
    ):
        if value is not None and value != actual:
            why = f"Precondition failed: {label} in precondition: {value}, {label} in object meta: {actual}"
            raise errors.Conflict.of(
                resource,
                name,
                f"StorageError: invalid object, Code: 4, Key: {path}, ResourceVersion: 0, AdditionalErrorMsg: {why}",
            )
