"""What every kubelet may do, whatever node it is: the rules of the role `system:node` that aren't subdivided.

Mirrors NodeRules of `plugin/pkg/auth/authorizer/rbac/bootstrappolicy` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

from collections.abc import Sequence

from kroute.machinery import objects

READ, WRITE = ("get", "list", "watch"), ("create", "patch", "update")


def rule(verbs: Sequence[str], group: str, *resources: str) -> objects.Object:
    return {"verbs": list(verbs), "apiGroups": [group], "resources": list(resources)}


def rules() -> list[objects.Object]:
    """As policy rules."""
    return [
        rule(("create",), "authentication.k8s.io", "tokenreviews"),
        rule(("create",), "authorization.k8s.io", "subjectaccessreviews", "localsubjectaccessreviews"),
        rule(READ, "", "services"),
        rule(WRITE, "", "events"),
        rule(("get",), "", "endpoints"),
        rule(("create", *READ), "certificates.k8s.io", "certificatesigningrequests"),
        rule(READ, "storage.k8s.io", "csidrivers"),
        rule(READ, "node.k8s.io", "runtimeclasses"),
    ]
