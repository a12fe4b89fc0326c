"""What kinds differ in: generations, deletions, updates that create, versions that updates need, empty lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.coreapi.conftest import Core

RBAC = "/apis/rbac.authorization.k8s.io/v1"
COORDINATION = "/apis/coordination.k8s.io/v1"
POD_TEMPLATE = {"spec": {"containers": [{"name": "c", "image": "i:1"}]}}


def test_a_missing_object_is_not_created_by_an_update(core: Core) -> None:
    for path in ("configmaps", "secrets", "serviceaccounts"):
        assert core.send("PUT", core.path(f"{path}/x"), {"metadata": {"name": "x"}}).status == 404


@pytest.mark.parametrize(
    "path, api, body",
    [
        ("leases", COORDINATION, {}),
        ("roles", RBAC, {"rules": []}),
        ("endpoints", "/api/v1", {}),
        ("events", "/api/v1", {}),
    ],
)
def test_some_kinds_are_created_by_an_update(core: Core, path: str, api: str, body: Any) -> None:
    if path == "events":
        body = {"involvedObject": {"namespace": core.namespace}}
    found = core.send("PUT", core.path(f"{path}/x", api), {"metadata": {"name": "x"}, **body})
    assert found.status == 201, found.body


def test_a_lease_is_updated_by_those_who_know_its_version(core: Core) -> None:
    made = core.create("leases", {"metadata": {"name": "x"}}, api=COORDINATION).body
    path = core.path("leases/x", COORDINATION)
    blind = core.send("PUT", path, {"metadata": {"name": "x"}})
    assert blind.status == 422
    assert "metadata.resourceVersion: Invalid value: 0: must be specified for an update" in blind.message
    made["spec"] = {"holderIdentity": "me"}
    assert core.send("PUT", path, made).status == 200
    assert core.send("PUT", path, made).status == 409


def test_fields_of_features_that_are_off_are_dropped(core: Core) -> None:
    spec = {"holderIdentity": "a", "strategy": "OldestEmulationVersion", "preferredHolder": "b"}
    found = core.create("leases", {"metadata": {"name": "x"}, "spec": spec}, api=COORDINATION).body
    assert found["spec"] == {"holderIdentity": "a"}


@pytest.mark.parametrize("path, kind", [("configmaps", "Status"), ("serviceaccounts", "ServiceAccount")])
def test_deletions_are_answered_by_kind(core: Core, path: str, kind: str) -> None:
    assert core.create(path, {"metadata": {"name": "x"}}).status == 201
    assert core.send("DELETE", core.path(f"{path}/x")).body["kind"] == kind


def test_the_generation_counts_what_matters(core: Core) -> None:
    made = core.create("podtemplates", {"metadata": {"name": "x", "generation": 7}, "template": POD_TEMPLATE}).body
    assert made["metadata"]["generation"] == 1
    for patch, generation in (
        ({"metadata": {"labels": {"a": "b"}}}, 1),
        ({"metadata": {"generation": 9}}, 1),
        ({"template": {"metadata": {"labels": {"a": "b"}}}}, 2),
    ):
        assert core.patch("podtemplates/x", patch).body["metadata"]["generation"] == generation
    assert "generation" not in core.create("configmaps", {"metadata": {"name": "x"}}).body["metadata"]


def test_the_status_is_not_the_client_s(core: Core) -> None:
    body = {"metadata": {"name": "x"}, "spec": {"hard": {"pods": "1"}}, "status": {"used": {"pods": "1"}}}
    assert core.create("resourcequotas", body).body["status"] == {}
    assert core.patch("resourcequotas/x", {"status": {"used": {"pods": "1"}}}).body["status"] == {}
    patch = {"spec": {"hard": {"pods": "2"}}, "status": {"used": {"pods": "1"}}}
    found = core.patch("resourcequotas/x/status", patch).body
    assert (found["spec"], found["status"]) == ({"hard": {"pods": "1"}}, {"used": {"pods": "1"}})


def test_an_empty_list_is_owned_while_it_is_written_and_then_forgotten(core: Core) -> None:
    found = core.create("roles", {"metadata": {"name": "x"}, "rules": []}, api=RBAC).body
    assert found["rules"] is None
    assert found["metadata"]["managedFields"][0]["fieldsV1"] == {"f:rules": {}}
    same = core.send("PUT", core.path("roles/x", RBAC), {"metadata": {"name": "x"}, "rules": []}).body
    assert same["metadata"]["resourceVersion"] == found["metadata"]["resourceVersion"]


def test_a_version_for_a_new_object_is_refused_as_the_store_does(core: Core) -> None:
    found = core.create("configmaps", {"metadata": {"name": "x", "resourceVersion": "1"}})
    assert (found.status, found.message) == (500, "resourceVersion should not be set on objects to be created")


def test_self_links_are_not_kept(core: Core) -> None:
    assert core.create("configmaps", {"metadata": {"name": "x"}}).status == 201
    assert "selfLink" not in core.patch("configmaps/x", {"metadata": {"selfLink": "/x"}}).body["metadata"]


def test_names_follow_the_kind_s_own_rule(core: Core) -> None:
    assert core.create("roles", {"metadata": {"name": "system:a b"}, "rules": []}, api=RBAC).status == 201
    assert core.create("configmaps", {"metadata": {"name": "system:a"}}).status == 422
    assert core.send("POST", "/api/v1/namespaces", {"metadata": {"name": "a.b"}}).status == 422


def test_deprecated_kinds_say_so(core: Core) -> None:
    found = core.get(core.path("endpoints"))
    assert found.headers["Warning"] == (
        '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"'
    )


@pytest.mark.parametrize(
    "kind, api_version, complaint",
    [
        ("Gizmo", "v1", 'no kind "Gizmo" is registered for version "v1" in scheme'),
        ("Secret", "v1", "converting (v1.Secret) to (core.ConfigMap): unknown conversion"),
        ("ConfigMap", "v2", 'no kind "ConfigMap" is registered for version "v2" in scheme'),
    ],
)
def test_bodies_of_other_kinds_are_refused(core: Core, kind: str, api_version: str, complaint: str) -> None:
    found = core.create("configmaps", {"kind": kind, "apiVersion": api_version, "metadata": {"name": "x"}})
    assert found.status == 400
    assert complaint in found.message


def test_an_older_version_of_the_kind_is_told_apart(core: Core) -> None:
    body = {"kind": "Role", "apiVersion": "rbac.authorization.k8s.io/v1beta1", "metadata": {"name": "x"}}
    found = core.create("roles", body, api=RBAC)
    assert "the API version in the data (rbac.authorization.k8s.io/v1beta1) does not match" in found.message
