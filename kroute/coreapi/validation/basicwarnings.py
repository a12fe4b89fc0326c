"""What clients are told about secrets, service accounts and nodes that are accepted all the same."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi.validation import keypairs

Object = Mapping[str, Any]

ENFORCE = "kubernetes.io/enforce-mountable-secrets"
ENFORCE_GONE = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"
EXTERNAL_ID = "spec.externalID: this field is deprecated, and is unused by Kubernetes"


def of_secret(obj: Object, old: Object | None) -> Iterator[str]:
    if obj.get("type") == "kubernetes.io/tls":
        data = obj.get("data") or {}
        pair = (base64.b64decode(data.get(key) or "") for key in ("tls.crt", "tls.key"))
        problem = keypairs.problem(*pair)
        if problem:
            yield problem


def of_service_account(obj: Object, old: Object | None) -> Iterator[str]:
    if is_enforcing(obj) and not (old is not None and is_enforcing(old)):
        yield f"metadata.annotations[{ENFORCE}]: {ENFORCE_GONE}"


def is_enforcing(account: Object) -> bool:
    return ENFORCE in ((account.get("metadata") or {}).get("annotations") or {})


def of_node(obj: Object, old: Object | None) -> Iterator[str]:
    if (obj.get("spec") or {}).get("externalID"):
        yield EXTERNAL_ID
