"""The patches of mutating webhooks, applied to the object of a request."""

from __future__ import annotations

from typing import Any

from kroute.admission import attributes, forms, patchfailures
from kroute.admission.webhooks import calling, reviews
from kroute.machinery import codecs, errors, goformat, objects
from kroute.patch import json_patch


def operations(name: str, response: reviews.Response) -> list[Any]:
    """The operations of a patch.  Raises CallFailed."""
    if response.patch_type != "JSONPatch":
        raise calling.CallFailed(name, f"unsupported patch type {goformat.quote(response.patch_type)}")
    try:
        return json_patch.parse(codecs.decode(response.patch), ignore_unknown=True).operations
    except codecs.DecodeError as error:
        raise calling.CallFailed(name, f"received undecodable patch in webhook response: {error}") from error
    except errors.APIError as error:
        raise calling.CallFailed(name, f"received undecodable patch in webhook response: {error.message}") from error


def apply(
    name: str,
    found: attributes.Attributes,
    form: forms.Form | None,
    shown: objects.Object | None,
    patch: list[Any],
) -> bool:
    """Change the object by a patch of what it looks like in `form`; whether anything is changed.

    Raises InternalError where that can't be done."""
    if found.obj is None or shown is None or form is None:
        what = "attempted to modify the object, which is not supported for this operation"
        raise errors.InternalError.of(f"admission webhook {goformat.quote(name)} {what}")
    try:
        patched = form.read(objects.copy(patchfailures.apply(shown, patch)), False)
    except (forms.Unreadable, patchfailures.PatchFailed) as error:
        raise errors.InternalError.of(str(error)) from error
    if patched == shown:
        return False
    replace(found.obj, form.inward(patched))
    return True


def replace(obj: objects.Object, by: objects.Object) -> None:
    """Give an object, which others hold, the content of another."""
    if obj is not by:
        obj.clear()
        obj.update(by)
