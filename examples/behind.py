"""A server behind another API server: prints what registers it there, with the rights that it needs.

    kroute serve examples.behind:server --storage memory:// --external-hostname lamps.default.svc

    python examples/behind.py --namespace default --bundle .kroute/pki/ca.crt

The manifests are for the other server: `| kubectl apply -f -`.  There the lamps run in pods with the label `app: lamps`
and the service account `lamps`, by `kroute serve` with the flags above and

    --bind-address 0.0.0.0 --authentication-kubeconfig in-cluster --authorization-kubeconfig in-cluster

so that the other server's users are let in, and it decides what they may do.  A server that runs elsewhere gets
kubeconfig files in the place of `in-cluster`, and is found by a name: `--external-name lamps.example.org --port 6443`.
"""

import argparse
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from marshmallow import fields

import kroute

LAMPS = "lamps"


class LampSpec(kroute.Schema):
    lit = fields.Boolean(metadata={"description": "Whether it gives light."})


@kroute.resource(group="lamps.example.org", version="v1")
class Lamp(kroute.Kind):
    """A lamp."""

    spec = fields.Nested(LampSpec, metadata={"description": "What is wanted."})


server = kroute.APIServer([Lamp])


def manifests(
    group: str, version: str, *, name: str, namespace: str, bundle: bytes, port: int = 443, external_name: str = ""
) -> Iterator[dict[str, Any]]:
    """What registers a group-version that the pods of a Service serve, or a server of an external name.

    `bundle` is the authority (PEM) of its certificate, `port` the one of the Service."""
    yield named("v1", "ServiceAccount", name, namespace)
    account = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    # to read whom the other server trusts
    yield binding("RoleBinding", f"{name}-reader", "Role", "extension-apiserver-authentication-reader", account)
    # to ask it whose tokens are, and what users may do
    yield binding("ClusterRoleBinding", f"{name}-delegator", "ClusterRole", "system:auth-delegator", account)
    pods = {"selector": {"app": name}, "ports": [{"port": port, "targetPort": 6443}]}
    elsewhere = {"type": "ExternalName", "externalName": external_name}
    yield {**named("v1", "Service", name, namespace), "spec": elsewhere if external_name else pods}
    yield {
        **named("apiregistration.k8s.io/v1", "APIService", f"{version}.{group}"),
        "spec": {
            "group": group,
            "version": version,
            "groupPriorityMinimum": 1000,
            "versionPriority": 15,
            "caBundle": base64.b64encode(bundle).decode(),
            "service": {"name": name, "namespace": namespace, "port": port},
        },
    }


def named(api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def binding(kind: str, name: str, role_kind: str, role: str, account: dict[str, str]) -> dict[str, Any]:
    found = named("rbac.authorization.k8s.io/v1", kind, name, "kube-system" if kind == "RoleBinding" else "")
    group = "rbac.authorization.k8s.io"
    return {**found, "roleRef": {"apiGroup": group, "kind": role_kind, "name": role}, "subjects": [account]}


def main() -> None:
    parser = argparse.ArgumentParser(description="Print what registers the lamps with another API server.")
    parser.add_argument("--namespace", default="default")
    parser.add_argument("--bundle", type=Path, default=Path(".kroute/pki/ca.crt"))
    parser.add_argument("--port", type=int, default=443)
    parser.add_argument("--external-name", default="")
    given = parser.parse_args()
    made = manifests(
        "lamps.example.org",
        "v1",
        name=LAMPS,
        namespace=given.namespace,
        bundle=given.bundle.read_bytes(),
        port=given.port,
        external_name=given.external_name,
    )
    print(yaml.safe_dump_all(made, sort_keys=False), end="")


if __name__ == "__main__":
    main()
