"""What an APIService may say, in kube-aggregator's words.

Mirrors `pkg/apis/apiregistration/validation` of `k8s.io/kube-aggregator`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from kroute.machinery import fielderrors, goformat, names, objects

Errors = Iterator[fielderrors.FieldError]

STATUSES = ("True", "False", "Unknown")
HIGHEST_GROUP, HIGHEST_VERSION = 20000, 1000


def errors_of(obj: objects.Object) -> Errors:
    """What is wrong with an APIService."""
    spec = obj.get("spec") or {}
    group, version = spec.get("group") or "", spec.get("version") or ""
    yield from name_errors(obj["metadata"].get("name") or "", f"{version}.{group}")
    if not group and version != "v1":
        yield fielderrors.required("spec.group", "only v1 may have an empty group and it better be legacy kube")
    for problem in names.dns1123_subdomain(group) if group else ():
        yield fielderrors.invalid("spec.group", group, problem)
    for problem in names.dns1035_label(version):
        yield fielderrors.invalid("spec.version", version, problem)
    priority = spec.get("groupPriorityMinimum") or 0
    if not 0 < priority <= HIGHEST_GROUP:
        why = f"must be positive and less than {HIGHEST_GROUP}"
        yield fielderrors.invalid("spec.groupPriorityMinimum", priority, why)
    priority = spec.get("versionPriority") or 0
    if not 0 < priority <= HIGHEST_VERSION:
        yield fielderrors.invalid("spec.versionPriority", priority, f"must be positive and less than {HIGHEST_VERSION}")
    yield from server_errors(spec)


def name_errors(name: str, required: str) -> Errors:
    """The name says which group-version it is for."""
    if name and name != required and not names.path_segment(name):
        why = f'must be `spec.version+"."+spec.group`: {goformat.quote(required)}'
        yield fielderrors.invalid("metadata.name", name, why)


def server_errors(spec: objects.Object) -> Errors:
    """The server that is named, or that none is."""
    service, insecure = spec.get("service"), bool(spec.get("insecureSkipTLSVerify"))
    size = bundle_size(spec.get("caBundle"))
    if service is None:
        if size:
            yield fielderrors.invalid("spec.caBundle", f"{size} bytes", "local APIServices may not have a caBundle")
        if insecure:
            why = "local APIServices may not have insecureSkipTLSVerify"
            yield fielderrors.invalid("spec.insecureSkipTLSVerify", True, why)
        return
    for field in ("namespace", "name"):
        if not service.get(field):
            yield fielderrors.required(f"spec.service.{field}")
    port = service.get("port") or 0
    if problems := names.port_number(port):
        yield fielderrors.invalid("spec.service.port", port, f"port is not valid: {', '.join(problems)}")
    if insecure and size:
        yield fielderrors.invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present")


def bundle_size(encoded: str | None) -> int:
    """How many bytes a bundle has."""
    try:
        return len(base64.b64decode(encoded or ""))
    except binascii.Error:
        return len(encoded or "")


def status_errors(obj: objects.Object) -> Errors:
    """What is wrong with the status."""
    for index, condition in enumerate((obj.get("status") or {}).get("conditions") or ()):
        status = condition.get("status") or ""
        if status not in STATUSES:
            yield fielderrors.not_supported(f"status.conditions[{index}].status", status, STATUSES)
