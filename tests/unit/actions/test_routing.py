"""Finding routes by path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.actions import model, routing
from kroute.machinery import gvk


async def nobody(call: model.Call) -> None:
    raise AssertionError


def route(method: str, path: str) -> model.Route:
    action = model.Action(model.Verb.GET, path, namespaced="{namespace}" in path, subpath=path.endswith("{path}"))
    kind = gvk.GroupVersionKind("", "v1", "Widget")
    return model.Route(
        method=method, path=path, handler=nobody, action=action, operation_id="", kind=kind, resource="widgets"
    )


COLLECTION = route("GET", "/api/v1/namespaces/{namespace}/widgets")
CREATE = route("POST", "/api/v1/namespaces/{namespace}/widgets")
ITEM = route("GET", "/api/v1/namespaces/{namespace}/widgets/{name}")
STATUS = route("PUT", "/api/v1/namespaces/{namespace}/widgets/{name}/status")
PROXY = route("GET", "/api/v1/namespaces/{namespace}/widgets/{name}/proxy")
PROXY_PATH = route("GET", "/api/v1/namespaces/{namespace}/widgets/{name}/proxy/{path}")
NAMESPACE = route("GET", "/api/v1/namespaces/{name}")
NAMESPACE_STATUS = route("GET", "/api/v1/namespaces/{name}/status")
ROUTES = [COLLECTION, CREATE, ITEM, STATUS, PROXY, PROXY_PATH, NAMESPACE, NAMESPACE_STATUS]


@pytest.fixture
def table() -> routing.RouteTable:
    table = routing.RouteTable()
    table.add("core", ROUTES)
    return table


@pytest.mark.parametrize(
    "path, found, params",
    [
        ("/api/v1/namespaces/a/widgets", COLLECTION, {"namespace": "a"}),
        ("/api/v1/namespaces/a/widgets/", COLLECTION, {"namespace": "a"}),
        ("/api/v1/namespaces/a/widgets/b", ITEM, {"namespace": "a", "name": "b"}),
        ("/api/v1/namespaces/a/widgets/two words", ITEM, {"namespace": "a", "name": "two words"}),
        ("/api/v1/namespaces/a/widgets/status", ITEM, {"namespace": "a", "name": "status"}),
        ("/api/v1/namespaces/a", NAMESPACE, {"name": "a"}),
        ("/api/v1/namespaces/a/status", NAMESPACE_STATUS, {"name": "a"}),
        ("/api/v1/namespaces/status/widgets/b", ITEM, {"namespace": "status", "name": "b"}),
        ("/api/v1/namespaces/a/widgets/b/proxy", PROXY, {"namespace": "a", "name": "b"}),
        ("/api/v1/namespaces/a/widgets/b/proxy/", PROXY, {"namespace": "a", "name": "b"}),
        ("/api/v1/namespaces/a/widgets/b/proxy/x", PROXY_PATH, {"namespace": "a", "name": "b", "path": "x"}),
        ("/api/v1/namespaces/a/widgets/b/proxy/x//y/", PROXY_PATH, {"namespace": "a", "name": "b", "path": "x//y/"}),
    ],
)
def test_a_path_is_resolved_to_its_route(
    table: routing.RouteTable, path: str, found: model.Route, params: dict[str, str]
) -> None:
    assert table.resolve("GET", path) == (found, params, ())


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/api",
        "/api/v1",
        "/api/v2/namespaces",
        "/api/v1/namespaces/a//widgets/b",
        "/api/v1/namespaces//widgets",
        "//api/v1/namespaces/a",
        "/api/v1/namespaces/a/./widgets/b",
        "/api/v1/namespaces/a/widgets/b/c",
        "/api/v1/namespaces/a/widgets/b/status/d",
        "/api/v1/widgets",
    ],
)
def test_other_paths_have_nothing(table: routing.RouteTable, path: str) -> None:
    assert table.resolve("GET", path) is routing.NOTHING


def test_another_method_at_a_served_path_names_the_methods_there(table: routing.RouteTable) -> None:
    assert table.resolve("PUT", "/api/v1/namespaces/a/widgets") == (None, {}, ("GET", "POST"))


def test_groups_come_and_go(table: routing.RouteTable) -> None:
    path = "/apis/example.org/v1/gadgets"
    gadgets = route("GET", path)
    table.add("gadgets", [gadgets])
    assert table.resolve("GET", path).route is gadgets
    other = route("GET", path)
    table.replace("gadgets", [other])
    assert table.resolve("GET", path).route is other
    table.remove("gadgets")
    table.remove("gadgets")
    assert table.resolve("GET", path) is routing.NOTHING
    assert table.routes() == ROUTES


def test_a_route_that_is_there_already_is_refused_and_leaves_no_trace(table: routing.RouteTable) -> None:
    with pytest.raises(ValueError, match="served already"):
        table.add("more", [route("GET", "/apis/x/v1/new"), route("GET", "/api/v1/namespaces/{x}")])
    assert table.resolve("GET", "/apis/x/v1/new") is routing.NOTHING
    assert table.routes() == ROUTES


def test_a_failing_replacement_keeps_what_was_there(table: routing.RouteTable) -> None:
    old = route("GET", "/apis/x/v1/old")
    table.add("x", [old])
    with pytest.raises(ValueError, match="served already"):
        table.replace("x", [route("GET", "/api/v1/namespaces/{x}")])
    assert table.resolve("GET", "/apis/x/v1/old").route is old


SEGMENTS = st.sampled_from(["a", "b", "{x}", "{y}"])
TEMPLATES = st.lists(st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join), max_size=8, unique=True)


def fits(template: str, path: str) -> bool:
    one, other = template.split("/"), path.split("/")
    return len(one) == len(other) and all(a[0] == "{" or a == b for a, b in zip(one, other, strict=True))


@given(TEMPLATES, st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4).map("/".join))
def test_a_route_is_found_when_any_template_fits(templates: list[str], path: str) -> None:
    table = routing.RouteTable()
    for template in templates:
        try:
            table.add(template, [route("GET", template)])
        except ValueError:
            continue
    fitting = [served.path for served in table.routes() if fits(served.path, path)]
    found = table.resolve("GET", path)
    if not fitting:
        assert found is routing.NOTHING
    else:
        assert found.route is not None
        best = min(fitting, key=lambda template: [segment.startswith("{") for segment in template.split("/")])
        assert found.route.path == best
    for served in table.routes():
        table.remove(served.path)
    assert table.resolve("GET", path) is routing.NOTHING
