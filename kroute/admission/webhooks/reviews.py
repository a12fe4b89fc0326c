"""AdmissionReviews: what a webhook is sent, and what of its answer is believed.

Mirrors `plugin/webhook/request` and `plugin/webhook/errors` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kroute.admission import attributes
from kroute.admission.expressions import inputs
from kroute.machinery import codecs, errors, goformat, gvk

GROUP, KIND = "admission.k8s.io", "AdmissionReview"
VERSIONS = ("v1", "v1beta1")


class BadResponse(ValueError):
    """A webhook's answer can't be used; the text says why."""


class Response(NamedTuple):
    """`patch` are the bytes of a patch, empty for none; `result` is a Status, as far as there is one."""

    allowed: bool
    result: Mapping[str, Any]
    patch: bytes = b""
    patch_type: str = ""
    warnings: Sequence[str] = ()
    annotations: Mapping[str, str] = {}


def version_of(known: Sequence[str]) -> str:
    """The version to send.  Raises BadResponse where the webhook takes none of ours."""
    for version in known:
        if version in VERSIONS:
            return version
    raise BadResponse("webhook does not accept known AdmissionReview versions (v1, v1beta1)")


def review(found: attributes.Attributes, about: inputs.Input, version: str) -> tuple[str, dict[str, Any]]:
    """The uid of a review, and the review."""
    uid = str(uuid.uuid4())
    request: dict[str, Any] = {"uid": uid, **about.values["request"]}
    options = request.pop("options", None)
    dry_run = request.pop("dryRun", False)
    request |= {"object": about.obj, "oldObject": about.old, "dryRun": dry_run, "options": options}
    return uid, {"kind": KIND, "apiVersion": f"{GROUP}/{version}", "request": request}


def verified(answer: Any, uid: str, version: str, *, mutating: bool) -> Response:
    """What a webhook says.  Raises BadResponse."""
    response = member(answer, "response", dict, "AdmissionReview")
    if response is None:
        raise BadResponse("webhook response was absent")
    given = member(response, "uid", str) or ""
    if version == "v1" and given != uid:
        raise BadResponse(f"expected response.uid={goformat.quote(uid)}, got {goformat.quote(given)}")
    kind = codecs.interpret(answer)
    wanted = gvk.GroupVersionKind(GROUP, version, KIND)
    if version == "v1" and kind != wanted:
        raise BadResponse(f"expected webhook response of {shown(wanted)}, got {shown(kind)}")
    result = member(response, "status", dict) or {}
    return Response(
        allowed=bool(member(response, "allowed", bool)),
        result=result,
        patch=patch_of(response, version, mutating=mutating),
        patch_type=patch_type_of(response, version, mutating=mutating),
        warnings=[each for each in member(response, "warnings", list) or () if isinstance(each, str)],
        annotations=texts(member(response, "auditAnnotations", dict) or {}),
    )


def member(holder: Any, key: str, kind: type, what: str = "AdmissionResponse") -> Any:
    """A member of the wanted type, or None.  Raises BadResponse."""
    found = holder.get(key)
    if found is not None and not isinstance(found, kind):
        where = f"Go struct field {what}.{key} of type {GO[kind]}"
        raise BadResponse(f"json: cannot unmarshal {goformat.kind(found)} into {where}")
    return found


GO: Mapping[type, str] = {
    dict: "map[string]string",
    str: "string",
    bool: "bool",
    list: "[]string",
}


def texts(found: Mapping[str, Any]) -> Mapping[str, str]:
    return {key: value for key, value in found.items() if isinstance(value, str)}


def patch_of(response: Mapping[str, Any], version: str, *, mutating: bool) -> bytes:
    text = member(response, "patch", str) or ""
    if not text:
        return b""
    if not mutating:
        if version == "v1":
            raise BadResponse("validating webhook may not return response.patch")
        return b""
    if version == "v1" and response.get("patchType") is None:
        raise BadResponse("webhook returned response.patch but not response.patchType")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadResponse(f"illegal base64 data in response.patch: {error}") from error


def patch_type_of(response: Mapping[str, Any], version: str, *, mutating: bool) -> str:
    given = member(response, "patchType", str)
    if version != "v1":
        return "JSONPatch"
    if given is None:
        return ""
    if not mutating:
        raise BadResponse("validating webhook may not return response.patchType")
    if not response.get("patch"):
        raise BadResponse("webhook returned response.patchType but not response.patch")
    if not given:
        raise BadResponse('webhook returned invalid response.patchType of ""')
    return str(given)


def shown(kind: gvk.GroupVersionKind) -> str:
    return f"{kind.group}/{kind.version}, Kind={kind.kind}"


def denial(name: str, result: Mapping[str, Any]) -> errors.APIError:
    """The answer to a request that a webhook refuses, made of the status that it gives."""
    code = result.get("code")
    reason, message = result.get("reason"), result.get("message")
    reason = reason if isinstance(reason, str) else ""
    told = message if isinstance(message, str) and message else reason
    denied = f"admission webhook {goformat.quote(name)} denied the request"
    details = result.get("details")
    return errors.APIError(
        f"{denied}: {told}" if told else f"{denied} without explanation",
        code=code if isinstance(code, int) and 400 <= code <= 599 else 400,
        reason=reason,
        details=details if isinstance(details, dict) else None,
    )
