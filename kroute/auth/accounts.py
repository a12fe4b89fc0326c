"""Service accounts as users: their names and groups, and what tokens of theirs say.

Mirrors `k8s.io/apiserver/pkg/authentication/serviceaccount` and the claims of `k8s.io/kubernetes/pkg/serviceaccount`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from kroute.auth import certificates, groups
from kroute.machinery import context, names, objects

PREFIX = "system:serviceaccount:"
ALL, OF_NAMESPACE = "system:serviceaccounts", "system:serviceaccounts:"
POD_NAME, POD_UID = "authentication.kubernetes.io/pod-name", "authentication.kubernetes.io/pod-uid"
NODE_NAME, NODE_UID = "authentication.kubernetes.io/node-name", "authentication.kubernetes.io/node-uid"

LEGACY_ISSUER = "kubernetes/serviceaccount"
"""Who tokens are from that are kept in Secrets."""

LEGACY = "kubernetes.io/serviceaccount/"
LEGACY_CLAIMS = ("secret.name", "service-account.name", "service-account.uid", "namespace")


class Reference(NamedTuple):
    """An object that a token lives with."""

    name: str
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says of its account and of what it lives with."""

    namespace: str
    account: Reference
    pod: Reference | None = None
    secret: Reference | None = None
    node: Reference | None = None
    warn_after: float = 0.0
    id: str = ""

    def user(self) -> context.User:
        extra: dict[str, tuple[str, ...]] = {}
        if self.id:
            extra[certificates.CREDENTIAL_ID] = (f"JTI={self.id}",)
        if self.node is not None and self.node.name:
            extra[NODE_NAME] = (self.node.name,)
            if self.node.uid:
                extra[NODE_UID] = (self.node.uid,)
        if self.pod is not None and self.pod.name and self.pod.uid:
            extra[POD_NAME], extra[POD_UID] = (self.pod.name,), (self.pod.uid,)
        return user(self.namespace, self.account.name, self.account.uid, extra)


def user(namespace: str, name: str, uid: str = "", extra: Mapping[str, tuple[str, ...]] | None = None) -> context.User:
    """The user that a service account is."""
    found = context.User(username(namespace, name), uid=uid, groups=groups_of(namespace), extra=extra or {})
    return groups.authenticated(found)


def username(namespace: str, name: str) -> str:
    return f"{PREFIX}{namespace}:{name}"


def groups_of(namespace: str) -> tuple[str, str]:
    return ALL, f"{OF_NAMESPACE}{namespace}"


def split(user_name: str) -> tuple[str, str] | None:
    """The namespace and the name of the account that a user is; None for other users."""
    if not user_name.startswith(PREFIX):
        return None
    namespace, colon, name = user_name.removeprefix(PREFIX).partition(":")
    if not colon or names.dns1123_label(namespace) or names.dns1123_subdomain(name):
        return None
    return namespace, name


def claims_of(given: Mapping[str, Any]) -> Claims:
    """The claims of a bound token; what has another form than this server gives it is as if it were missing."""
    about = given.get("kubernetes.io")
    told: Mapping[str, Any] = about if isinstance(about, dict) else {}
    return Claims(
        namespace=text(told, "namespace"),
        account=reference(told, "serviceaccount") or Reference("", ""),
        pod=reference(told, "pod"),
        secret=reference(told, "secret"),
        node=reference(told, "node"),
        warn_after=seconds(told.get("warnafter")),
        id=text(given, "jti"),
    )


def legacy_claims(account: objects.Object, secret: str) -> dict[str, Any]:
    """What the token in a Secret says; it has no end, and is for this server's audiences."""
    metadata = account["metadata"]
    values = (secret, metadata["name"], metadata.get("uid") or "", metadata["namespace"])
    told = {f"{LEGACY}{claim}": value for claim, value in zip(LEGACY_CLAIMS, values, strict=True)}
    return {"sub": username(metadata["namespace"], metadata["name"]), **told}


def legacy_claims_of(given: Mapping[str, Any]) -> Claims:
    secret, name, uid, namespace = (text(given, f"{LEGACY}{claim}") for claim in LEGACY_CLAIMS)
    return Claims(namespace=namespace, account=Reference(name, uid), secret=Reference(secret, ""))


def text(given: Mapping[str, Any], field: str) -> str:
    found = given.get(field)
    return found if isinstance(found, str) else ""


def seconds(given: Any) -> float:
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else 0.0


def reference(told: Mapping[str, Any], field: str) -> Reference | None:
    found = told.get(field)
    return Reference(text(found, "name"), text(found, "uid")) if isinstance(found, dict) else None
