"""kubectl delete with its three ways of cascading, namespaces, and owners that are custom resources."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.fixtures import guestbooks, kubectls

CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.toys.example.org"},
    "spec": {
        "group": "toys.example.org",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


def configmap(name: str, owner: Any = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name}
    if owner is not None:
        reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"]}
        metadata["ownerReferences"] = [{**reference, "uid": owner["metadata"]["uid"], "blockOwnerDeletion": True}]
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def names(kc: kubectls.Kubectl) -> set[str]:
    found = kc("get", "configmaps", "-o", "name").split()
    return {each.removeprefix("configmap/") for each in found} - {"kube-root-ca.crt"}


def eventually(check: Any) -> None:
    end = time.monotonic() + guestbooks.PATIENCE
    while not check():
        assert time.monotonic() < end


@pytest.mark.parametrize("cascade, left", [("foreground", set()), ("background", set()), ("orphan", {"a", "b"})])
def test_delete_waits_and_ends(kc: kubectls.Kubectl, cascade: str, left: set[str]) -> None:
    kc.create(configmap("owner"))
    owner = kc.object("configmap", "owner")
    kc.create(configmap("a", owner), configmap("b", owner))
    kc("delete", "configmap", "owner", f"--cascade={cascade}", "--timeout=20s")
    eventually(lambda: names(kc) == left)
    for name in left:
        assert "ownerReferences" not in kc.object("configmap", name)["metadata"]


def test_a_namespace_goes_with_what_is_in_it(kc: kubectls.Kubectl) -> None:
    kc.create(configmap("a"), configmap("b"))
    kc("create", "deployment", "d", "--image=app:1")
    assert kc.run("delete", "namespace", kc.namespace, "--timeout=20s").code == 0
    assert "not found" in kc.fails("get", "namespace", kc.namespace)


def test_custom_resources_own_and_are_owned_as_soon_as_there_is_a_definition(kc: kubectls.Kubectl) -> None:
    assert kc.run("apply", "-f", "-", stdin=CRD).code == 0
    kc("wait", "crd/widgets.toys.example.org", "--for=condition=Established", "--timeout=20s")
    widget = {"apiVersion": "toys.example.org/v1", "kind": "Widget", "metadata": {"name": "w"}}
    kc.create(widget)
    kc.create(configmap("child", kc.object("widget", "w")))
    kc.create({**widget, "metadata": configmap("grandchild", kc.object("configmap", "child"))["metadata"]})
    kc("delete", "widget", "w", "--cascade=foreground", "--timeout=20s")
    eventually(lambda: not names(kc) and not kc("get", "widgets", "-o", "name"))
    kc.create(widget)
    assert kc.run("delete", "namespace", kc.namespace, "--timeout=20s").code == 0
    assert kc.run("delete", "crd", "widgets.toys.example.org", "--timeout=20s").code == 0
