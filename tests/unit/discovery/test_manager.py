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


def names(found: manager.Manager) -> list[str]:
    groups: Any = found.group_list()["groups"]
    return [group["name"] for group in groups]


def aggregated(found: manager.Manager) -> dict[str, Any]:
    items: Any = found.aggregated(core=False)["items"]
    return {item["metadata"]["name"]: item["versions"] for item in items}


def test_what_another_server_serves_comes_before_what_is_served_here() -> None:
    found, toys = manager.Manager(), gvk.GroupVersion("toys.example.org", "v1")
    own = served("toys.example.org", "v1", WIDGETS)
    found.add(own)
    found.add(manager.Served(toys, (), remote=True, stale=True, document={"resources": [{"resource": "gadgets"}]}))
    assert aggregated(found) == {
        "toys.example.org": [{"version": "v1", "resources": [{"resource": "gadgets"}], "freshness": "Stale"}]
    }
    assert found.served(toys) == own
    assert found.own() == [own]
    found.remove(toys, remote=True)
    assert aggregated(found)["toys.example.org"][0]["resources"][0]["resource"] == "widgets"
    found.remove(toys)
    assert names(found) == []


def test_priorities_that_somebody_says_go_before_those_of_who_serves() -> None:
    found = manager.Manager()
    for group in ("a.example.org", "b.example.org"):
        found.add(served(group, "v1", WIDGETS))
    found.prioritise(gvk.GroupVersion("b.example.org", "v1"), manager.Priority(2000, 1))
    assert names(found) == ["b.example.org", "a.example.org"]
    found.prioritise(gvk.GroupVersion("b.example.org", "v1"), None)
    assert names(found) == ["a.example.org", "b.example.org"]


def test_of_groups_with_equal_priority_the_one_with_the_lesser_version_name_is_listed_first() -> None:
    found = manager.Manager()
    for group, version in (("a.example.org", "v1beta1"), ("b.example.org", "v1")):
        found.add(served(group, version, WIDGETS))
        found.prioritise(gvk.GroupVersion(group, version), manager.Priority(1000, 100))
    assert names(found) == ["b.example.org", "a.example.org"]
    assert list(aggregated(found)) == ["a.example.org", "b.example.org"]


def test_what_is_only_said_to_be_there_is_listed_and_has_no_resources() -> None:
    found, toys = manager.Manager(), gvk.GroupVersion("toys.example.org", "v1")
    found.prioritise(toys, manager.Priority(1000, 100))
    assert names(found) == ["toys.example.org"]
    assert aggregated(found) == {}
    assert found.resources(toys) is None


def test_listeners_are_told_of_changes_and_of_nothing_else() -> None:
    found, told = manager.Manager(), list[int]()
    found.on_change(lambda: told.append(1))
    entry, toys = served("toys.example.org", "v1", WIDGETS), gvk.GroupVersion("toys.example.org", "v1")
    for _ in range(2):
        found.add(entry)
        found.prioritise(toys, manager.Priority(1, 1))
    for _ in range(2):
        found.prioritise(toys, None)
        found.remove(toys)
    assert len(told) == 4
