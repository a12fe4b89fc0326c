"""A resource can be exported as a CustomResourceDefinition."""

from __future__ import annotations

from typing import Any

import yaml
from marshmallow import fields

from kroute.kinds import declaring, definition, manifests


class Spec(declaring.Schema):
    size = fields.Integer(required=True, metadata={"description": "How big."})
    replicas = fields.Integer()


class Status(declaring.Schema):
    replicas = fields.Integer()


@declaring.resource(
    group="toys.example.org",
    version="v1",
    short_names=["wd"],
    categories=["all"],
    subresources=["status", "scale"],
    columns=[definition.Column(name="Size", path=".spec.size", type="integer", priority=1, description="cm")],
    selectable_fields=[".spec.size"],
    versions=[
        declaring.version(
            "v1beta1",
            {"properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}},
            deprecation_warning="v1beta1 is old",
        )
    ],
)
class Widget(declaring.Kind):
    """A toy."""

    spec = fields.Nested(Spec, required=True)
    status = fields.Nested(Status)


def test_a_manifest_has_everything_a_cluster_wants() -> None:
    found = manifests.manifest(Widget.resource)
    assert found["metadata"] == {"name": "widgets.toys.example.org"}
    spec = found["spec"]
    assert (spec["group"], spec["scope"]) == ("toys.example.org", "Namespaced")
    assert spec["names"] == {
        "plural": "widgets",
        "singular": "widget",
        "kind": "Widget",
        "listKind": "WidgetList",
        "shortNames": ["wd"],
        "categories": ["all"],
    }
    first, second = spec["versions"]
    assert (first["name"], first["served"], first["storage"]) == ("v1", True, True)
    assert first["subresources"] == {
        "status": {},
        "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
    }
    assert first["additionalPrinterColumns"] == [
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size", "description": "cm", "priority": 1}
    ]
    assert first["selectableFields"] == [{"jsonPath": ".spec.size"}]
    schema = first["schema"]["openAPIV3Schema"]
    assert (schema["type"], schema["description"], schema["required"]) == ("object", "A toy.", ["spec"])
    assert schema["properties"]["spec"]["properties"]["size"] == {"type": "integer", "description": "How big."}
    assert (second["name"], second["storage"], second["deprecated"]) == ("v1beta1", False, True)
    assert second["deprecationWarning"] == "v1beta1 is old"
    assert "subresources" not in second


def test_a_manifest_can_be_written_as_yaml_and_shares_nothing() -> None:
    found = manifests.manifest(Widget.resource)
    assert yaml.safe_load(yaml.safe_dump(found)) == found
    schema: dict[str, Any] = found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"].clear()
    again = manifests.manifest(Widget.resource)
    assert again["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
