"""JSON merge patch (RFC 7386), as kube-apiserver applies it.

Differs from the RFC in one place: nulls are also taken out of objects inside the lists of a patch where the list
replaces something that isn't an object.  Mirrors `gopkg.in/evanphx/json-patch.v4`.
"""

from __future__ import annotations

from typing import Any

from kroute.machinery import errors, goformat, objects
from kroute.patch import failures


def check(body: objects.JSON, *, ignore_unknown: bool = False) -> None:
    """Raise BadRequest unless the decoded patch may be applied to an object.

    `ignore_unknown` is for `fieldValidation=Ignore`, where the reference reads the patch less strictly: a list replaces
    the whole document.
    """
    if isinstance(body, dict) or (ignore_unknown and isinstance(body, list)):
        return
    if body is None or ignore_unknown:
        raise errors.BadRequest("Invalid JSON Patch")
    text = goformat.cannot_unmarshal(body, "map[string]interface {}")
    raise errors.BadRequest(f"error decoding patch: {text}")


def apply(document: objects.JSON, patch: objects.JSON) -> objects.JSON:
    """The document after the patch; neither is changed, and both may share parts with the result."""
    try:
        if isinstance(document, dict) and isinstance(patch, dict):
            return merge(document, patch)
        return pruned(patch)
    except RecursionError as error:
        raise failures.too_deep() from error


def merge(document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    if not patch:
        return document
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
            continue
        current = result.get(key)
        if not isinstance(current, dict):
            result[key] = pruned(value)
        elif isinstance(value, dict):
            result[key] = merge(current, value)
        else:
            result[key] = value
    return result


def pruned(value: Any) -> Any:
    """A value of the patch without the object members that are null."""
    if isinstance(value, dict):
        return {key: pruned(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [pruned(item) for item in value]
    return value
