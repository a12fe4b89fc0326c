"""What discovery says of the group-versions served."""

from __future__ import annotations

from typing import Any

from kroute.discovery import manager
from kroute.machinery import gvk

WIDGETS = {"name": "widgets", "singularName": "widget", "namespaced": True, "kind": "Widget", "verbs": ["get", "list"]}
STATUS = {"name": "widgets/status", "singularName": "", "namespaced": True, "kind": "Widget", "verbs": ["get"]}
SCALE = {
    "name": "widgets/scale", "singularName": "", "namespaced": True, "group": "autoscaling", "version": "v1",
    "kind": "Scale", "verbs": ["get", "update"],
}  # fmt: skip


def served(group: str, version: str, *resources: dict[str, Any], **more: Any) -> manager.Served:
    return manager.Served(gvk.GroupVersion(group, version), resources, **more)


def test_an_empty_server_has_an_empty_group_list() -> None:
    found = manager.Manager()
    assert found.group_list() == {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
    assert found.group("toys.example.org") is None
    assert found.resources(gvk.GroupVersion("toys.example.org", "v1")) is None
    assert found.versions("") == []


def test_versions_stand_in_kubernetes_order_of_preference() -> None:
    found = manager.Manager()
    for version in ("v1alpha1", "foo1", "v2", "v1beta2", "v10"):
        found.add(served("toys.example.org", version))
    document = found.group("toys.example.org")
    assert document is not None
    assert [one["version"] for one in document["versions"]] == ["v10", "v2", "v1beta2", "v1alpha1", "foo1"]
    assert document["preferredVersion"] == {"groupVersion": "toys.example.org/v10", "version": "v10"}


def test_priorities_go_before_names() -> None:
    found = manager.Manager()
    found.add(served("a.example.org", "v1"))
    found.add(served("z.example.org", "v1", group_priority=9000))
    found.add(served("z.example.org", "v1beta1", version_priority=20))
    assert [one["name"] for one in found.group_list()["groups"]] == ["z.example.org", "a.example.org"]
    assert found.versions("z.example.org") == ["v1beta1", "v1"]


def test_the_core_group_is_in_its_own_documents_only() -> None:
    found = manager.Manager()
    found.add(served("", "v1", WIDGETS))
    found.add(served("toys.example.org", "v1", WIDGETS))
    assert [one["name"] for one in found.group_list()["groups"]] == ["toys.example.org"]
    assert [one["metadata"] for one in found.aggregated(core=True)["items"]] == [{}]
    assert [one["metadata"] for one in found.aggregated(core=False)["items"]] == [{"name": "toys.example.org"}]
    core = found.resources(gvk.GroupVersion("", "v1"))
    assert core == {"kind": "APIResourceList", "groupVersion": "v1", "resources": [WIDGETS]}


def test_aggregated_discovery_folds_subresources_into_their_resource() -> None:
    found = manager.Manager()
    found.add(served("toys.example.org", "v1", WIDGETS, STATUS, SCALE))
    (group,) = found.aggregated(core=False)["items"]
    (version,) = group["versions"]
    (resource,) = version["resources"]
    assert resource["resource"] == "widgets"
    assert resource["scope"] == "Namespaced"
    assert [(one["subresource"], one["responseKind"]) for one in resource["subresources"]] == [
        ("status", {"group": "", "version": "", "kind": "Widget"}),
        ("scale", {"group": "autoscaling", "version": "v1", "kind": "Scale"}),
    ]
    assert version["freshness"] == "Current"


def test_a_subresource_without_a_resource_still_shows() -> None:
    found = manager.Manager()
    found.add(served("toys.example.org", "v1", STATUS))
    (resource,) = found.aggregated(core=False)["items"][0]["versions"][0]["resources"]
    assert (resource["resource"], resource["subresources"][0]["subresource"]) == ("widgets", "status")


def test_the_etag_changes_with_what_is_served_and_only_then() -> None:
    found = manager.Manager()
    found.add(served("toys.example.org", "v1", WIDGETS))
    first = found.aggregated_etag(core=False)
    found.add(served("toys.example.org", "v1", WIDGETS))
    assert found.aggregated_etag(core=False) == first
    found.add(served("toys.example.org", "v1", WIDGETS, STATUS))
    assert found.aggregated_etag(core=False) != first


def test_listeners_hear_of_changes_and_removals() -> None:
    found = manager.Manager()
    heard: list[int] = []
    found.on_change(lambda: heard.append(len(found.groups())))
    found.add(served("toys.example.org", "v1", WIDGETS))
    found.remove(gvk.GroupVersion("toys.example.org", "v1"))
    found.remove(gvk.GroupVersion("toys.example.org", "v1"))
    assert heard == [1, 0]


def test_a_stale_version_is_marked() -> None:
    found = manager.Manager()
    found.add(served("metrics.example.org", "v1", stale=True))
    assert found.aggregated(core=False)["items"][0]["versions"] == [{"version": "v1", "freshness": "Stale"}]
