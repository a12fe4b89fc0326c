"""What installing makes of storage objects: routes, their names and documentation, discovery entries, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from kroute import installer
from kroute.kinds import mounting
from kroute.machinery import gvk, objects
from tests.fixtures import serving, widgets

BASE = serving.BASE
ONE = f"{BASE}/namespaces/{{namespace}}/widgets"


class Cluster(widgets.Widgets):
    namespaced = False


class Scale:
    """A subresource whose objects are of another group."""

    kind = gvk.GroupVersionKind("autoscaling", "v1", "Scale")

    def __init__(self, storage: widgets.Widgets) -> None:
        self.get, self.update = storage.get, storage.update


def installed(storage: Any = None, **more: Any) -> installer.APIInstaller:
    return installer.APIInstaller([serving.group(storage, **more)])


def named(found: installer.APIInstaller) -> dict[str, str]:
    """Method and path by operation id."""
    return {route.operation_id: f"{route.method} {route.path}" for route in found.routes}


def entries(found: installer.APIInstaller) -> list[objects.Object]:
    return list(found.resources(serving.GROUP_VERSION))


# refusals


class Nothing:
    kind, namespaced = widgets.KIND, True


class Blocking:
    kind, namespaced = widgets.KIND, True

    def get(self, ctx: Any, name: str, options: Any) -> Any:
        return None


class Scopeless:
    kind = widgets.KIND

    async def get(self, ctx: Any, name: str, options: Any) -> Any:
        return None


class Kindless:
    namespaced = True

    async def get(self, ctx: Any, name: str, options: Any) -> Any:
        return None


WOODEN = {"type": "object", "properties": {"spec": {"type": "wooden"}}}


class BadSchema(widgets.Widgets):
    schema = WOODEN


@pytest.mark.parametrize(
    "storage, message",
    [
        (Nothing(), "Nothing has none of the methods that could be served"),
        (Blocking(), "`get` is not a coroutine: write `async def get`"),
        (Scopeless(), "its scope is not known: set `namespaced` to True or False"),
        (Kindless(), "its kind is not known: set `kind`"),
        (widgets.Widgets, "Widgets is a class: mount an instance of it"),
        (BadSchema(), "BadSchema"),
    ],
)
def test_what_can_not_be_served_is_refused_with_what_to_mend(storage: Any, message: str) -> None:
    with pytest.raises(installer.InstallError) as refused:
        installed(storage)
    assert message in str(refused.value)


def test_a_subresource_needs_its_parent() -> None:
    group = mounting.GroupVersionStorage(
        serving.GROUP_VERSION, {"widgets/status": mounting.Mount(widgets.WidgetStatus(widgets.Widgets()))}
    )
    with pytest.raises(installer.InstallError, match="widgets"):
        installer.APIInstaller([group])


def test_a_subresource_can_not_have_another_scope_than_its_parent() -> None:
    class Elsewhere(widgets.WidgetStatus):
        namespaced = False

    with pytest.raises(installer.InstallError, match="namespaced"):
        installed(widgets_status=Elsewhere(widgets.Widgets()))


def test_a_group_version_can_be_there_once_only() -> None:
    with pytest.raises(installer.InstallError, match=r"toys\.example\.org/v1 is there twice"):
        installer.APIInstaller([serving.group(), serving.group()])


@pytest.mark.parametrize("prefix", ["kube", "/kube/", "/"])
def test_a_prefix_is_a_path(prefix: str) -> None:
    with pytest.raises(installer.InstallError, match="must begin with a slash"):
        installer.APIInstaller([serving.group()], prefix=prefix)


# routes


def test_a_storage_with_everything_gets_every_route() -> None:
    assert named(installed()) == {
        "listNamespacedWidget": f"GET {ONE}",
        "createNamespacedWidget": f"POST {ONE}",
        "deletecollectionNamespacedWidget": f"DELETE {ONE}",
        "readNamespacedWidget": f"GET {ONE}/{{name}}",
        "replaceNamespacedWidget": f"PUT {ONE}/{{name}}",
        "patchNamespacedWidget": f"PATCH {ONE}/{{name}}",
        "deleteNamespacedWidget": f"DELETE {ONE}/{{name}}",
        "watchNamespacedWidgetList": f"GET {BASE}/watch/namespaces/{{namespace}}/widgets",
        "watchNamespacedWidget": f"GET {BASE}/watch/namespaces/{{namespace}}/widgets/{{name}}",
        "listWidgetForAllNamespaces": f"GET {BASE}/widgets",
        "watchWidgetListForAllNamespaces": f"GET {BASE}/watch/widgets",
    }


def test_cluster_resources_have_no_namespace_in_their_paths() -> None:
    found = named(installed(Cluster()))
    assert found["listWidget"] == f"GET {BASE}/widgets"
    assert found["readWidget"] == f"GET {BASE}/widgets/{{name}}"
    assert not any("amespace" in name or "amespace" in path for name, path in found.items())


def test_subresources_are_named_after_their_parent() -> None:
    storage = widgets.Widgets()
    found = named(installed(storage, widgets_status=widgets.WidgetStatus(storage), widgets_scale=Scale(storage)))
    assert found["replaceNamespacedWidgetStatus"] == f"PUT {ONE}/{{name}}/status"
    assert found["patchNamespacedWidgetScale"] == f"PATCH {ONE}/{{name}}/scale"


def test_a_connector_has_a_route_for_each_method_and_for_paths_below() -> None:
    class Proxy:
        connect_methods = ("GET", "POST")
        connect_subpath = True

        async def connect(self, ctx: Any, name: str, path: str, request: Any) -> Any:
            return None

    found = named(installed(widgets_proxy=Proxy()))
    assert {name: path for name, path in found.items() if name.startswith("connect")} == {
        "connectGetNamespacedWidgetProxy": f"GET {ONE}/{{name}}/proxy",
        "connectPostNamespacedWidgetProxy": f"POST {ONE}/{{name}}/proxy",
        "connectGetNamespacedWidgetProxyWithPath": f"GET {ONE}/{{name}}/proxy/{{path}}",
        "connectPostNamespacedWidgetProxyWithPath": f"POST {ONE}/{{name}}/proxy/{{path}}",
    }


def test_the_core_group_and_prefixes_have_their_paths() -> None:
    class Map(widgets.Widgets):
        kind = gvk.GroupVersionKind("", "v1", "Map")

    core = mounting.GroupVersionStorage(gvk.GroupVersion("", "v1"), {"maps": mounting.Mount(Map())})
    found = installer.APIInstaller([core, serving.group()], prefix="/kube")
    assert named(found)["readNamespacedMap"] == "GET /kube/api/v1/namespaces/{namespace}/maps/{name}"
    assert found.base(gvk.GroupVersion("", "v1")) == "/kube/api/v1"
    assert found.base(serving.GROUP_VERSION) == f"/kube{BASE}"
    assert found.group_versions == [gvk.GroupVersion("", "v1"), serving.GROUP_VERSION]
    assert [*found.routes] == [route for one in found.group_versions for route in found.routes_of(one)]


def test_routes_say_what_documents_need() -> None:
    storage = widgets.Widgets()
    found = {route.operation_id: route for route in installed(storage, widgets_scale=Scale(storage)).routes}
    read = found["readNamespacedWidgetScale"]
    assert (read.kind, read.resource, read.subresource) == (Scale.kind, "widgets", "scale")
    assert read.docs["parent_kind"] == "Widget"
    assert read.docs["produces"] == ("application/json", "application/yaml")
    assert found["listNamespacedWidget"].docs["list_kind"] == "WidgetList"
    assert "application/json;stream=watch" in found["listNamespacedWidget"].docs["produces"]
    assert found["createNamespacedWidget"].docs["consumes"] == ("application/json", "application/yaml")
    assert found["patchNamespacedWidget"].docs["patches"] == (
        "application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml",
    )  # fmt: skip


# discovery entries


def test_entries_say_what_can_be_done() -> None:
    [entry] = entries(installed())
    assert len(entry.pop("storageVersionHash")) == 12
    assert entry == {
        "name": "widgets",
        "singularName": "widget",
        "namespaced": True,
        "kind": "Widget",
        "verbs": ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
        "shortNames": ["wd"],
    }


def test_entries_of_subresources_have_their_own_kind() -> None:
    storage = widgets.Widgets()
    found = entries(installed(storage, widgets_status=widgets.WidgetStatus(storage), widgets_scale=Scale(storage)))
    assert found[1:] == [
        {
            "name": "widgets/scale",
            "singularName": "",
            "namespaced": True,
            "group": "autoscaling",
            "version": "v1",
            "kind": "Scale",
            "verbs": ["get", "patch", "update"],
        },
        {
            "name": "widgets/status",
            "singularName": "",
            "namespaced": True,
            "kind": "Widget",
            "verbs": ["get", "patch", "update"],
        },
    ]


def test_entries_are_in_the_order_of_names() -> None:
    class Gadgets(widgets.Widgets):
        kind = gvk.GroupVersionKind("toys.example.org", "v1", "Gadget")
        singular_name = "thing"
        categories = ("all",)

    storage = widgets.Widgets()
    mounts = {"widgets": storage, "widgets/status": widgets.WidgetStatus(storage), "gadgets": Gadgets()}
    group = mounting.GroupVersionStorage.of("toys.example.org/v1", mounts)
    found = entries(installer.APIInstaller([group]))
    assert [entry["name"] for entry in found] == ["gadgets", "widgets", "widgets/status"]
    assert (found[0]["singularName"], found[0]["categories"]) == ("thing", ["all"])


def test_the_hash_tells_in_which_version_objects_are_stored() -> None:
    one = installer.version_hash(widgets.KIND)
    assert one == installer.version_hash(widgets.KIND)
    assert one != installer.version_hash(widgets.KIND._replace(version="v2"))
