"""The definitions that kopf's examples and its peering use, and the access that it asks for in its documentation."""

from __future__ import annotations

from typing import Any

GROUP = "kopf.dev"
FREE: dict[str, Any] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
RBAC_GROUP = "rbac.authorization.k8s.io"


def definition(kind: str, *, scope: str = "Namespaced", spec: bool = False, names: Any = None) -> dict[str, Any]:
    """A definition with a free status, and with a free spec and `/status` if it is to have a spec."""
    plural = f"{kind.lower()}s"
    properties = {"spec": FREE, "status": FREE} if spec else {"status": FREE}
    version: dict[str, Any] = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}},
    }
    if spec:
        version["subresources"] = {"status": {}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "scope": scope,
            "group": GROUP,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), **(names or {})},
            "versions": [version],
        },
    }


DEFINITIONS = [
    definition("KopfExample", spec=True, names={"shortNames": ["kopfexes", "kopfex", "kexes", "kex"]}),
    definition("ClusterKopfPeering", scope="Cluster"),
    definition("KopfPeering"),
]


def rule(groups: list[str], resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs}


CLUSTER_RULES = [
    rule([GROUP], ["clusterkopfpeerings"], ["list", "watch", "patch", "get"]),
    rule(["apiextensions.k8s.io"], ["customresourcedefinitions"], ["list", "watch"]),
    rule([""], ["namespaces"], ["list", "watch"]),
    rule(
        ["admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1"],
        ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
        ["create", "patch"],
    ),
    rule([GROUP], ["kopfexamples"], ["list", "watch"]),
]
NAMESPACE_RULES = [
    rule([GROUP], ["kopfpeerings"], ["list", "watch", "patch", "get"]),
    rule([""], ["events"], ["create"]),
    rule([GROUP], ["kopfexamples"], ["list", "watch", "patch"]),
    rule(["batch", "extensions"], ["jobs"], ["create"]),
    rule([""], ["pods", "persistentvolumeclaims"], ["create"]),
]


STATUS_RULE = rule([GROUP], ["kopfexamples/status"], ["patch"])
"""What an operator needs beside, if its resource has `/status` and its handlers have results."""


def access(namespace: str, account: str, *, cluster: bool = True, status: bool = False) -> list[dict[str, Any]]:
    """What an operator's account may do: the objects, in the order to create them.

    Without `cluster` it may do nothing outside its namespace, with `status` patch statuses there."""
    own = [*NAMESPACE_RULES, STATUS_RULE] if status else NAMESPACE_RULES
    made: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": namespace}}
    ]
    scopes: list[tuple[str, Any, dict[str, str]]] = [("", own, {"namespace": namespace})]
    if cluster:
        scopes.append(("Cluster", CLUSTER_RULES, {}))
    for prefix, rules, where in scopes:
        name = f"{account}-{namespace}"
        head = {"apiVersion": f"{RBAC_GROUP}/v1", "metadata": {"name": name, **where}}
        made.append({**head, "kind": f"{prefix}Role", "rules": rules})
        ref = {"apiGroup": RBAC_GROUP, "kind": f"{prefix}Role", "name": name}
        subject = {"kind": "ServiceAccount", "name": account}  # in a namespace it is of that namespace
        subjects = [{**subject, "namespace": namespace} if prefix else subject]
        made.append({**head, "kind": f"{prefix}RoleBinding", "roleRef": ref, "subjects": subjects})
    return made
