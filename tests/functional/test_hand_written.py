"""Hand-written storage objects, given to a server: what is refused, and what is served of them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from aiohttp import web
from marshmallow import fields

import kroute
from kroute import testing


class Clock(kroute.Kind):
    """A clock."""

    time = fields.String(metadata={"description": "What it shows."})


class Clocks(kroute.DefaultTable):
    kind = "Clock"
    schema = Clock
    namespaced = False

    async def get(self, ctx: kroute.RequestContext, name: str, options: kroute.GetOptions) -> kroute.Object:
        if name != "tower":
            raise kroute.NotFound.of(kroute.GroupResource("house.example.org", "clocks"), name)
        return {"metadata": {"name": name}, "time": "noon"}

    async def list(self, ctx: kroute.RequestContext, options: kroute.ListOptions) -> kroute.ListResult:
        return kroute.ListResult([await self.get(ctx, "tower", kroute.GetOptions())])


class Watchless:
    kind = "Clock"
    namespaced = False

    def get(self, ctx: Any, name: str, options: Any) -> Any: ...


@pytest.mark.parametrize("name", ["v1", "house.example.org", "a/b/c", "/v1", "house.example.org/"])
def test_a_group_version_needs_both(name: str) -> None:
    with pytest.raises(kroute.InstallError, match="is no group-version: it must look like"):
        kroute.GroupVersionStorage.of(name, {})


def test_a_storage_that_makes_no_sense_is_refused_where_it_is_given() -> None:
    mounted = kroute.GroupVersionStorage.of("house.example.org/v1", {"clocks": Watchless()})
    with pytest.raises(kroute.InstallError, match="clocks: `get` is not a coroutine: write `async def get`"):
        kroute.APIServer([mounted])


def test_a_subresource_needs_its_parent() -> None:
    mounted = kroute.GroupVersionStorage.of("house.example.org/v1", {"clocks/hands": Clocks()})
    with pytest.raises(kroute.InstallError, match="no storage at 'clocks'"):
        kroute.APIServer([mounted])


def test_a_kind_class_is_the_schema_in_documents() -> None:
    server = kroute.APIServer([kroute.GroupVersionStorage.of("house.example.org/v1", {"clocks": Clocks()})])
    schema = json.loads(server.openapi())["components"]["schemas"]["org.example.house.v1.Clock"]
    assert schema["description"] == "A clock."
    assert schema["properties"]["time"] == {"type": "string", "description": "What it shows."}
    assert server.crds() == ""  # they are not kept anywhere, so that there is nothing for a cluster to serve


def test_a_storage_is_served_beside_declared_resources() -> None:
    notes = kroute.resource(group="house.example.org", version="v1", kind="Note", schema={"properties": {}})
    clocks = kroute.GroupVersionStorage.of("house.example.org/v1", {"clocks": Clocks()})
    with testing.running(kroute.APIServer([notes, clocks])) as served:
        listed = get(served, "/apis/house.example.org/v1")
        assert {entry["name"] for entry in listed["resources"]} == {"clocks", "notes"}
        assert get(served, "/apis/house.example.org/v1/clocks/tower") == {
            "kind": "Clock",
            "apiVersion": "house.example.org/v1",
            "metadata": {"name": "tower"},
            "time": "noon",
        }
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(served, "/apis/house.example.org/v1/clocks/none")


class Printing:
    """A subresource that answers in text."""

    connect_methods = ("GET",)

    async def connect(self, ctx: kroute.RequestContext, name: str, path: str, request: web.BaseRequest) -> web.Response:
        return web.Response(text=f"{ctx.namespace}/{name}")


def test_a_subresource_may_belong_to_a_declared_resource() -> None:
    notes = kroute.resource(group="house.example.org", version="v1", kind="Note", schema={"properties": {}})
    printing = kroute.GroupVersionStorage.of("house.example.org/v1", {"notes/print": Printing()})
    with testing.running(kroute.APIServer([notes, printing])) as served:
        listed = get(served, "/apis/house.example.org/v1")
        assert [entry["name"] for entry in listed["resources"]] == ["notes", "notes/print"]
        path = "/apis/house.example.org/v1/namespaces/den/notes/a/print"
        with urllib.request.urlopen(served.url + path) as answer:
            assert answer.read() == b"den/a"


def test_a_path_can_be_there_once_only() -> None:
    notes = kroute.resource(group="house.example.org", version="v1", kind="Note", schema={"properties": {}})
    again = kroute.GroupVersionStorage.of("house.example.org/v1", {"notes": Clocks()})
    with pytest.raises(kroute.InstallError, match=r"notes is there twice in house\.example\.org/v1"):
        kroute.APIServer([notes, again])


def get(served: kroute.Running, path: str) -> Any:
    with urllib.request.urlopen(served.url + path) as answer:
        return json.load(answer)
