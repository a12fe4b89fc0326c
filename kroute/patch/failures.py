"""What goes wrong with patches, as kube-apiserver answers it.

Some mistakes of a client are plain Go errors there and so become a 500 without a reason; the answer is the same here
for the kinds that it serves as well.
"""

from __future__ import annotations

from typing import Any

from kroute.machinery import errors
from kroute.patch import gosyntax


class Plain(errors.APIError):
    """A mistake that the reference answers with a bare 500: message and code, no reason."""

    code, reason = 500, ""


def unprocessable() -> errors.Invalid:
    """422 that names nothing: the patch was understood but does not apply."""
    return errors.Invalid("the server rejected our request due to an error in our request", details={})


def too_deep() -> errors.BadRequest:
    """For documents nested deeper than they can be walked."""
    return errors.BadRequest("error decoding patch: exceeded max depth")


def unknown_directive(directive: Any, patch: dict[str, Any]) -> Plain:
    """For a `$patch` that is none of replace, delete and merge."""
    return Plain(f"unknown patch type: {gosyntax.text(directive)} in map: {gosyntax.plain(patch)}")
