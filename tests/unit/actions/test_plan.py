"""What actions a storage gets, by its capabilities."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.actions import model, plan
from kroute.storage import capabilities

ALONE = {
    "list": ["LIST", "LIST*"],
    "create": ["POST"],
    "delete_collection": ["DELETECOLLECTION"],
    "watch": ["WATCH"],
    "get": ["GET"],
    "get_with_options": ["GET"],
    "update": ["PUT"],
    "delete": ["DELETE"],
    "connect": ["CONNECT"],
}
EVERYTHING: dict[str, Any] = {
    "get_with_options": True,
    "get_subpath": True,
    "list": True,
    "create": True,
    "update": True,
    "delete": True,
    "delete_collection": True,
    "watch": True,
    "connect": True,
    "connect_methods": ("GET", "POST"),
    "connect_subpath": True,
    "convert_to_table": True,
}


def able(**can: Any) -> capabilities.Capabilities:
    if can.get("list"):
        can["convert_to_table"] = True
    if can.get("connect"):
        can.setdefault("connect_methods", ("GET",))
    return capabilities.Capabilities(**{"namespaced": True, "kind": "Widget", **can})


def shown(actions: list[model.Action]) -> list[str]:
    """Verb and path of each action; `*` for all namespaces."""
    return [f"{action.verb}{'*' if action.all_namespaces else ''} {action.path}" for action in actions]


def verbs(actions: list[model.Action]) -> list[str]:
    return [line.split()[0] for line in shown(actions)]


@pytest.mark.parametrize("capability", ALONE)
def test_each_capability_alone_gives_its_own_actions(capability: str) -> None:
    assert verbs(plan.actions("widgets", able(**{capability: True}))) == ALONE[capability]


@pytest.mark.parametrize("capability", ALONE)
def test_cluster_scope_has_no_actions_over_all_namespaces(capability: str) -> None:
    found = verbs(plan.actions("widgets", able(**{capability: True}, namespaced=False)))
    assert found == [verb for verb in ALONE[capability] if not verb.endswith("*")]


def test_all_capabilities_of_a_namespaced_resource_in_order() -> None:
    item = "namespaces/{namespace}/widgets/{name}"
    assert shown(plan.actions("widgets", able(**EVERYTHING))) == [
        "LIST namespaces/{namespace}/widgets",
        "POST namespaces/{namespace}/widgets",
        "DELETECOLLECTION namespaces/{namespace}/widgets",
        "WATCHLIST watch/namespaces/{namespace}/widgets",
        f"GET {item}",
        f"GET {item}/{{path}}",
        f"PUT {item}",
        f"PATCH {item}",
        f"DELETE {item}",
        f"WATCH watch/{item}",
        f"CONNECT {item}",
        f"CONNECT {item}/{{path}}",
        "LIST* widgets",
        "WATCHLIST* watch/widgets",
    ]


def test_all_capabilities_of_a_cluster_scoped_resource_in_order() -> None:
    assert shown(plan.actions("widgets", able(**EVERYTHING, namespaced=False))) == [
        "LIST widgets",
        "POST widgets",
        "DELETECOLLECTION widgets",
        "WATCHLIST watch/widgets",
        "GET widgets/{name}",
        "GET widgets/{name}/{path}",
        "PUT widgets/{name}",
        "PATCH widgets/{name}",
        "DELETE widgets/{name}",
        "WATCH watch/widgets/{name}",
        "CONNECT widgets/{name}",
        "CONNECT widgets/{name}/{path}",
    ]


@pytest.mark.parametrize("namespaced", [True, False])
def test_a_subresource_has_one_path_and_its_parents_scope(namespaced: bool) -> None:
    prefix = "namespaces/{namespace}/" if namespaced else ""
    own = able(**EVERYTHING, namespaced=None)
    found = plan.actions("widgets/part", own, able(get=True, namespaced=namespaced))
    item = f"{prefix}widgets/{{name}}/part"
    assert {action.path for action in found} == {item, f"{item}/{{path}}", f"watch/{item}"}
    assert all(action.namespaced is namespaced and not action.all_namespaces for action in found)


def test_a_named_create_is_a_post_at_a_subresource() -> None:
    found = plan.actions("widgets/token", able(create_named=True, namespaced=None), able(get=True))
    assert shown(found) == ["POST namespaces/{namespace}/widgets/{name}/token"]


def test_a_subpath_is_marked() -> None:
    found = plan.actions("widgets", able(**EVERYTHING))
    assert [action.path.endswith("/{path}") for action in found] == [action.subpath for action in found]


@pytest.mark.parametrize("getter", ["get", "get_with_options"])
def test_a_getter_that_updates_can_be_patched(getter: str) -> None:
    assert verbs(plan.actions("widgets", able(**{getter: True}, update=True))) == ["GET", "PUT", "PATCH"]


@pytest.mark.parametrize("path", ["", "/", "widgets/", "/status", "widgets/a/b", "wid gets", "{name}", "widgets/{x}"])
def test_paths_that_are_no_resource_are_refused(path: str) -> None:
    with pytest.raises(plan.InstallError):
        plan.actions(path, able(get=True), able(get=True))


def test_a_subresource_without_parent_is_refused() -> None:
    with pytest.raises(plan.InstallError, match="no storage at 'widgets'; mount one"):
        plan.actions("widgets/status", able(get=True))


def test_a_scope_other_than_the_parents_is_refused() -> None:
    with pytest.raises(plan.InstallError, match="cluster-scoped, but 'widgets' is namespaced; leave"):
        plan.actions("widgets/status", able(get=True, namespaced=False), able(get=True))


def test_an_unknown_scope_is_refused() -> None:
    with pytest.raises(plan.InstallError, match="must say whether it is `namespaced`"):
        plan.actions("widgets", able(get=True, namespaced=None))
    with pytest.raises(plan.InstallError, match="must say whether it is `namespaced`"):
        plan.actions("widgets/status", able(get=True), able(get=True, namespaced=None))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(plan.InstallError, match="set `kind`"):
        plan.actions("widgets", able(get=True, kind=None))


def test_a_subresource_may_leave_its_kind_to_its_parent() -> None:
    assert plan.actions("widgets/status", able(get=True, kind=None, namespaced=None), able(get=True))


def test_a_lister_without_a_table_is_refused() -> None:
    with pytest.raises(plan.InstallError, match="needs `convert_to_table`"):
        plan.actions("widgets", capabilities.Capabilities(list=True, namespaced=True, kind="Widget"))


def test_a_storage_that_can_do_nothing_is_refused() -> None:
    with pytest.raises(plan.InstallError, match="nothing that could be served"):
        plan.actions("widgets", able())


def test_a_named_create_at_the_resource_itself_is_refused() -> None:
    with pytest.raises(plan.InstallError, match="mount the storage at a subresource"):
        plan.actions("widgets", able(create_named=True))


def test_a_connector_without_methods_is_refused() -> None:
    with pytest.raises(plan.InstallError, match="connect_methods"):
        plan.actions("widgets", able(connect=True, connect_methods=()))


def test_discovery_shows_verbs_by_name_and_for_custom_resources_in_their_own_order() -> None:
    own = able(**{**EVERYTHING, "connect": False, "connect_methods": ()})
    planned = plan.actions("widgets", own)
    typed = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    assert plan.discovery_verbs(planned, own, typed=True) == typed
    untyped = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
    assert plan.discovery_verbs(planned, own, typed=False) == untyped


def test_discovery_shows_the_methods_of_a_connector_as_verbs() -> None:
    own = able(connect=True, connect_methods=("GET", "HEAD", "POST", "OPTIONS", "PATCH"))
    planned = plan.actions("widgets", own)
    assert plan.discovery_verbs(planned, own, typed=True) == ["create", "get", "patch"]
    assert plan.methods(planned[0], own) == own.connect_methods
