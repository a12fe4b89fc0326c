"""Requests for certificates: the request itself, what it is for, and who may say what of it.

The request may change neither spec nor status when it is updated itself; approval and status each change their part.
Mirrors `pkg/apis/certificates/validation`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks, diffs, semantics
from kroute.coreapi.validation import signers
from kroute.machinery import fielderrors, pem

Object = Mapping[str, Any]
LEGACY_SIGNER = "kubernetes.io/legacy-unknown"
APPROVED, DENIED, FAILED = "Approved", "Denied", "Failed"
STATUSES = ("False", "True", "Unknown")
SHORTEST = 600
CERTIFICATE_SHOWN = "<certificate data>"
USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
    "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
    "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
    "server auth", "signing", "timestamping",
)  # fmt: skip
CONDITIONS = "[]certificates.v1.CertificateSigningRequestCondition"


def name_rule(name: str, prefix: bool = False) -> list[str]:
    """Requests may have any name."""
    return []


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    spec = obj.get("spec") or {}
    before = (old or {}).get("spec") or {}
    yield from validate_request(spec.get("request"))
    yield from validate_usages(spec.get("usages") or (), before.get("usages") or (), "spec.usages")
    signer = spec.get("signerName") or ""
    if signer == LEGACY_SIGNER and before.get("signerName") != LEGACY_SIGNER:
        text = "the legacy signerName is not allowed via this API version"
        yield fielderrors.invalid("spec.signerName", signer, text)
    else:
        yield from signers.validate(signer, "spec.signerName")
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < SHORTEST:
        text = "may not specify a duration less than 600 seconds (10 minutes)"
        yield fielderrors.invalid("spec.expirationSeconds", seconds, text)
    yield from validate_conditions(conditions_of(obj), None if old is None else conditions_of(old))
    certificate = certificate_of(obj)
    if old is None or (certificate != certificate_of(old) and not any(validate_certificate(certificate_of(old)))):
        yield from validate_certificate(certificate)


def validate_request(encoded: str | None) -> checks.Found:
    try:
        pem.request(decoded(encoded))
    except pem.PEMError as error:
        yield fielderrors.invalid("spec.request", encoded, str(error))


def decoded(encoded: str | None) -> bytes:
    try:
        return base64.b64decode(encoded or "")
    except binascii.Error:  # was refused when the body was read
        return b""


def validate_usages(usages: Collection[str], before: Collection[str], path: str) -> checks.Found:
    """What the certificate is to be good for; bad usages that were there before may stay."""
    yield from checks.required(usages, path)
    if all(usage in USAGES for usage in before):
        for index, usage in enumerate(usages):
            yield from checks.one_of(usage, USAGES, f"{path}[{index}]")
    if len(set(before)) == len(before):
        seen = set()
        for index, usage in enumerate(usages):
            if usage in seen:
                yield fielderrors.duplicate(f"{path}[{index}]", usage)
            seen.add(usage)


def conditions_of(obj: Object) -> list[dict[str, Any]]:
    return (obj.get("status") or {}).get("conditions") or []


def certificate_of(obj: Object) -> str:
    return (obj.get("status") or {}).get("certificate") or ""


def validate_conditions(conditions: Collection[Object], before: Collection[Object] | None) -> checks.Found:
    """Complete conditions, each type once, approved or denied but not both; old faults may stay."""
    old_types = [condition.get("type") or "" for condition in before or ()]
    may_repeat, may_be_both = len(set(old_types)) < len(old_types), {APPROVED, DENIED} <= set(old_types)
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        at, kind = f"status.conditions[{index}]", condition.get("type") or ""
        if "" not in old_types:
            yield from checks.required(kind, f"{at}.type")
        allowed = ("True",) if kind in (APPROVED, DENIED, FAILED) else STATUSES
        yield from checks.required_one_of(condition.get("status"), allowed, f"{at}.status")
        if kind in seen and not may_repeat:
            yield fielderrors.duplicate(at, kind)
        if not may_be_both and kind in (APPROVED, DENIED) and ({APPROVED, DENIED} - {kind}) <= seen:
            text = "Approved and Denied conditions are mutually exclusive"
            yield fielderrors.invalid("status.conditions", kind, text)
        seen.add(kind)


def validate_certificate(encoded: str) -> checks.Found:
    if not encoded:
        return
    try:
        pem.certificates(decoded(encoded))
    except pem.PEMError as error:
        yield fielderrors.invalid("status.certificate", CERTIFICATE_SHOWN, str(error))


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from validate_change(obj, old)


def validate_approval(obj: Object, old: Object) -> checks.Found:
    yield from validate_change(obj, old, approval=True)


def validate_status(obj: Object, old: Object) -> checks.Found:
    yield from validate_change(obj, old, certificate=True)


def validate_change(obj: Object, old: Object, *, approval: bool = False, certificate: bool = False) -> checks.Found:
    """`approval`: the request may be approved or denied here; `certificate`: a certificate may be issued."""
    yield from validate(obj, old)
    for kind in (APPROVED, DENIED, FAILED):
        if len(of_type(obj, kind)) < len(of_type(old, kind)):
            text = f'updates may not remove a condition of type "{kind}"'
            yield fielderrors.forbidden("status.conditions", text)
    if not approval:
        for kind in (APPROVED, DENIED):
            yield from validate_unchanged(of_type(obj, kind), of_type(old, kind), kind)
    if certificate_of(obj) != certificate_of(old):
        if not certificate:
            yield fielderrors.forbidden("status.certificate", "updates may not set certificate content")
        elif certificate_of(old):
            yield fielderrors.forbidden("status.certificate", "updates may not modify existing certificate content")


def of_type(obj: Object, kind: str) -> list[Object]:
    return [condition for condition in conditions_of(obj) if condition.get("type") == kind]


def validate_unchanged(new: list[Object], old: list[Object], kind: str) -> checks.Found:
    if len(new) > len(old):
        text = f'updates may not add a condition of type "{kind}"'
        yield fielderrors.forbidden("status.conditions", text)
    elif len(new) == len(old) and not semantics.same(new, old):
        difference = diffs.of_type(old, new, CONDITIONS)
        text = f'updates may not modify a condition of type "{kind}"\n{difference}'
        yield fielderrors.forbidden("status.conditions", text)
