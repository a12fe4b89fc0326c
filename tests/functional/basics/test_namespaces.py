"""Namespaces: what may be made in them, how they go, and which never do."""

from __future__ import annotations

import pytest

from tests.functional.coreapi.conftest import Core


def test_nothing_is_made_in_a_namespace_that_is_not_there(core: Core) -> None:
    found = core.send("POST", "/api/v1/namespaces/none/configmaps", {"metadata": {"name": "a"}})
    assert (found.status, found.message) == (404, 'namespaces "none" not found')
    assert core.get("/api/v1/namespaces/none/configmaps").body["items"] == []


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
@pytest.mark.parametrize("query", ["", "?dryRun=All"])
def test_some_namespaces_never_go(core: Core, name: str, query: str) -> None:
    found = core.send("DELETE", f"/api/v1/namespaces/{name}{query}")
    assert found.status == 403
    assert found.message == f'namespaces "{name}" is forbidden: this namespace may not be deleted'


def test_they_are_not_deleted_together(core: Core) -> None:
    assert core.send("DELETE", "/api/v1/namespaces").status == 405


def test_a_namespace_that_goes_takes_nothing_new_but_changes(core: Core) -> None:
    own = f"/api/v1/namespaces/{core.namespace}"
    assert core.create("configmaps", {"metadata": {"name": "old"}}).status == 201
    told = core.send("DELETE", own)
    assert (told.status, told.body["status"]["phase"]) == (200, "Terminating")
    refused = core.create("configmaps", {"metadata": {"name": "new"}})
    assert refused.status == 403
    assert refused.message == (
        f'configmaps "new" is forbidden: unable to create new content in namespace {core.namespace} '
        "because it is being terminated"
    )
    cause = refused.body["details"]["causes"][0]
    assert (cause["reason"], cause["field"]) == ("NamespaceTerminating", "metadata.namespace")
    assert core.patch("configmaps/old", {"data": {"k": "v"}}).status == 200
    assert core.send("DELETE", own).body["metadata"]["deletionTimestamp"] == told.body["metadata"]["deletionTimestamp"]
    again = core.send("POST", "/api/v1/namespaces", {"metadata": {"name": core.namespace}})
    assert again.message.startswith("object is being deleted: ")


def test_it_is_gone_with_the_last_of_its_own_finalizers(core: Core) -> None:
    own = f"/api/v1/namespaces/{core.namespace}"
    assert core.send("DELETE", own).status == 200
    done = core.send("PUT", f"{own}/finalize", {"metadata": {"name": core.namespace}, "spec": {"finalizers": []}})
    assert done.status == 200
    assert core.get(own).status == 404


def test_without_finalizers_it_is_gone_at_the_second_request(core: Core) -> None:
    own = f"/api/v1/namespaces/{core.namespace}"
    body = {"metadata": {"name": core.namespace}, "spec": {"finalizers": []}}
    assert core.send("PUT", f"{own}/finalize", body).body["status"]["phase"] == "Active"
    assert core.send("DELETE", own).body["status"]["phase"] == "Terminating"
    assert core.send("DELETE", own).status == 200
    assert core.get(own).status == 404


def test_a_deletion_has_preconditions(core: Core) -> None:
    own = f"/api/v1/namespaces/{core.namespace}"
    for wanted, complaint in (
        ({"uid": "other"}, "Precondition failed: UID in precondition: other, UID in object meta: "),
        ({"resourceVersion": "1"}, "Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in "),
    ):
        found = core.send("DELETE", own, {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": wanted})
        assert found.status == 409
        assert complaint in found.message


def test_a_dry_run_changes_nothing(core: Core) -> None:
    own = f"/api/v1/namespaces/{core.namespace}"
    assert core.send("DELETE", f"{own}?dryRun=All").body["status"]["phase"] == "Terminating"
    assert core.get(own).body["status"]["phase"] == "Active"


def test_propagation_policies_become_finalizers(core: Core) -> None:
    own = f"/api/v1/namespaces/{core.namespace}"
    found = core.send("DELETE", f"{own}?propagationPolicy=Foreground")
    assert found.body["metadata"]["finalizers"] == ["foregroundDeletion"]


def test_finalizers_are_qualified_names(core: Core) -> None:
    body = {"metadata": {"name": core.namespace}, "spec": {"finalizers": ["kubernetes", "mine"]}}
    found = core.send("PUT", f"/api/v1/namespaces/{core.namespace}/finalize", body)
    assert found.status == 422
    assert "spec.finalizers[1]: Invalid value" in found.message


def test_clients_set_neither_phase_nor_finalizers(core: Core) -> None:
    body = {
        "metadata": {"name": core.namespace, "labels": {"a": "b"}},
        "spec": {"finalizers": ["example.com/mine"]},
        "status": {"phase": "Terminating"},
    }
    found = core.send("PUT", f"/api/v1/namespaces/{core.namespace}", body).body
    assert found["spec"] == {"finalizers": ["kubernetes"]}
    assert found["status"] == {"phase": "Active"}
    assert found["metadata"]["labels"] == {"a": "b", "kubernetes.io/metadata.name": core.namespace}


def test_a_generated_name_is_a_label_too(core: Core) -> None:
    found = core.send("POST", "/api/v1/namespaces", {"metadata": {"generateName": "gen-"}}).body["metadata"]
    assert found["labels"] == {"kubernetes.io/metadata.name": found["name"]}


def test_the_server_s_own_are_there_from_the_start(core: Core) -> None:
    for name in ("default", "kube-system", "kube-public", "kube-node-lease"):
        found = core.read(f"/api/v1/namespaces/{name}")
        assert found["metadata"]["managedFields"][0]["manager"] == "kube-apiserver"
