"""The documents of custom resources: what they leave out, and what they add."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from kroute import installer
from kroute.actions import model
from kroute.aio import clocks
from kroute.kinds import build, definition
from kroute.machinery import gvk
from kroute.openapi import custom, definitions, service, v2
from kroute.schema import builtin, compiling, godecoding, gotypes
from kroute.storage import caches
from kroute.storage.backend.memory import backend

GROUP_VERSION = gvk.GroupVersion("toys.example.org", "v1")
ITEM = "/apis/toys.example.org/v1/namespaces/{namespace}/widgets/{name}"
META = "io.k8s.apimachinery.pkg.apis.meta.v1"
SPEC = {
    "type": "object",
    "properties": {
        "template": {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}
    },
}  # fmt: skip


def made(schema: dict[str, Any]) -> tuple[Sequence[model.Route], definitions.Definitions]:
    """The routes and definitions of a widget with a scale and selectable fields."""
    version = definition.Version(
        name="v1",
        schema=compiling.compile_schema(schema),
        storage=True,
        scale=definition.Scale(spec_replicas=".spec.replicas", status_replicas=".status.replicas"),
        selectable_fields=(".spec.colour",),
    )
    resource = definition.Resource(
        group=GROUP_VERSION.group,
        kind="Widget",
        plural="widgets",
        singular="widget",
        namespaced=True,
        versions=[version],
    )
    shelves = caches.Caches(backend.MemoryBackend())
    decoder = godecoding.Decoder(gotypes.Types.load())
    found = installer.APIInstaller(
        build.Builder(shelves, decoder=decoder, clock=clocks.SystemClock()).build([resource])
    )
    known = definitions.Definitions([builtin.Definitions.meta()])
    for plural, shown in found.representations(GROUP_VERSION):
        known.add(
            shown.kind, shown.schema, list_kind=shown.list_kind, plural=plural, selectable=shown.selectable_fields
        )
    return found.routes_of(GROUP_VERSION), known


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    routes, known = made({"type": "object", "properties": {"spec": SPEC}})
    found: dict[str, Any] = json.loads(json.dumps(custom.document(GROUP_VERSION, routes, known), default=dict))
    return found


def test_it_says_nothing_of_the_server(document: dict[str, Any]) -> None:
    assert document["info"] == {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"}
    assert list(document["components"]) == ["schemas"]
    assert not any("/watch/" in path or path.endswith("v1/") for path in document["paths"])


def test_media_types_are_json_and_yaml(document: dict[str, Any]) -> None:
    put = document["paths"][ITEM]["put"]

    assert list(put["requestBody"]["content"]) == ["application/json", "application/yaml"]
    assert list(put["responses"]) == ["200", "201", "401"]
    assert list(document["paths"][ITEM]["patch"]["responses"]) == ["200", "401"]


def test_a_deletion_of_many_takes_what_a_list_takes_and_no_body(document: dict[str, Any]) -> None:
    found = document["paths"][ITEM.removesuffix("/{name}")]["delete"]

    assert "requestBody" not in found
    assert "watch" in [each["name"] for each in found["parameters"]]


def test_a_scale_is_said_to_be_the_resources(document: dict[str, Any]) -> None:
    found = document["paths"][f"{ITEM}/scale"]["get"]

    assert found["description"] == "read scale of the specified Widget"
    assert found["x-kubernetes-group-version-kind"]["kind"] == "Widget"


def test_objects_in_objects_have_what_every_object_has(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["org.example.toys.v1.Widget"]
    template = schema["properties"]["spec"]["properties"]["template"]

    assert set(template["properties"]) == {"apiVersion", "kind", "metadata"}
    assert template["required"] == ["kind", "apiVersion"]


@pytest.mark.parametrize("kind", ["Widget", "WidgetList"])
def test_selectable_fields_are_named(document: dict[str, Any], kind: str) -> None:
    schema = document["components"]["schemas"][f"org.example.toys.v1.{kind}"]

    assert schema["x-kubernetes-selectable-fields"] == [{"fieldPath": "spec.colour"}]


def test_kinds_that_are_in_every_group_are_in_those_that_it_knows() -> None:
    known = custom.OfCustom(definitions.Definitions([builtin.Definitions.kubernetes()]))
    kinds = known.schema(f"{META}.DeleteOptions")["x-kubernetes-group-version-kind"]

    assert {"group": "apps", "kind": "DeleteOptions", "version": "v1"} in kinds
    assert not {each["group"] for each in kinds} & custom.UNKNOWN_GROUPS


def test_swagger_says_nothing_of_a_kind_that_may_have_any_fields() -> None:
    routes, known = made({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    part = v2.part(custom.document(GROUP_VERSION, routes, known))

    assert set(json.loads(part.definitions["org.example.toys.v1.Widget"])) == {
        "type",
        "x-kubernetes-group-version-kind",
        "x-kubernetes-selectable-fields",
    }


def test_only_a_section_that_changed_is_made_anew() -> None:
    built: list[str] = []

    def section(name: str) -> service.Build:
        def build() -> dict[str, Any]:
            built.append(name)
            return {"paths": {f"/{name}": {}}, "components": {"schemas": {"Same": {"description": name}}}}

        return build

    found = service.Service()
    for name in ("a", "b"):
        found.add(name, section(name))
    first = json.loads(found.v2().body)
    found.add("b", section("b"))
    second = json.loads(found.v2().body)

    assert first == second
    assert built == ["a", "b", "b"]
    assert list(first["paths"]) == ["/a", "/b"]
    assert first["definitions"] == {"Same": {"description": "a"}}
    found.remove("a")
    assert json.loads(found.v2().body)["definitions"] == {"Same": {"description": "b"}}


def test_what_is_withdrawn_is_forgotten() -> None:
    _, known = made({"type": "object", "properties": {"spec": SPEC}})
    assert "properties" in known.schema("org.example.toys.v1.Widget")

    known.remove(GROUP_VERSION)

    assert "properties" not in known.schema("org.example.toys.v1.Widget")
