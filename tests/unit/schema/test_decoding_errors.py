"""Typed decoding: what Go's decoder says of wrong types, unknown and repeated fields."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.schema import godecoding

FIELD = "json: cannot unmarshal {} into Go struct field {} of type {}"
QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
LAYOUT = "2006-01-02T15:04:05{}Z07:00"


def config_map(**fields: Any) -> tuple[str, dict[str, Any]]:
    return "core.v1.ConfigMap", fields


def lease(**spec: Any) -> tuple[str, dict[str, Any]]:
    return "coordination.v1.Lease", {"spec": spec}


def container(**fields: Any) -> tuple[str, dict[str, Any]]:
    return "core.v1.Pod", {"spec": {"containers": [{"name": "c", **fields}]}}


def schema(**fields: Any) -> tuple[str, dict[str, Any]]:
    spec = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"f": fields}}}}
    version = {"name": "v1", "schema": {"openAPIV3Schema": spec}}
    return "apiextensions.v1.CustomResourceDefinition", {"spec": {"versions": [version]}}


DEEP = "JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.properties"


@pytest.mark.parametrize(
    "typed, error",
    [
        (config_map(data={"k": 1}), FIELD.format("number", "ConfigMap.data", "string")),
        (config_map(data={"on": True}), FIELD.format("bool", "ConfigMap.data", "string")),
        (config_map(data=["a"]), FIELD.format("array", "ConfigMap.data", "map[string]string")),
        (config_map(data="a"), FIELD.format("string", "ConfigMap.data", "map[string]string")),
        (config_map(data={"k": {"n": 1}}), FIELD.format("object", "ConfigMap.data", "string")),
        (config_map(immutable="true"), FIELD.format("string", "ConfigMap.immutable", "bool")),
        (config_map(metadata={"name": 123}), FIELD.format("number", "ObjectMeta.metadata.name", "string")),
        (
            config_map(metadata={"labels": ["a"]}),
            FIELD.format("array", "ObjectMeta.metadata.labels", "map[string]string"),
        ),
        (config_map(metadata="x"), FIELD.format("string", "ConfigMap.metadata", "v1.ObjectMeta")),
        (config_map(metadata={"uid": 1}), FIELD.format("number", "ObjectMeta.metadata.uid", "types.UID")),
        (
            config_map(metadata={"finalizers": "a"}),
            FIELD.format("string", "ObjectMeta.metadata.finalizers", "[]string"),
        ),
        (
            config_map(metadata={"ownerReferences": [{"controller": "yes"}]}),
            FIELD.format("string", "OwnerReference.metadata.ownerReferences.controller", "bool"),
        ),
        (config_map(binaryData={"k": "aGk"}), "illegal base64 data at input byte 0"),
        (config_map(binaryData={"k": "abc*"}), "illegal base64 data at input byte 3"),
        (
            lease(leaseDurationSeconds="15"),
            FIELD.format("string", "LeaseSpec.spec.leaseDurationSeconds", "int32"),
        ),
        (
            lease(leaseDurationSeconds=1.5),
            FIELD.format("number 1.5", "LeaseSpec.spec.leaseDurationSeconds", "int32"),
        ),
        (
            lease(leaseDurationSeconds=15.0),
            FIELD.format("number 15.0", "LeaseSpec.spec.leaseDurationSeconds", "int32"),
        ),
        (
            lease(leaseDurationSeconds=3000000000),
            FIELD.format("number 3000000000", "LeaseSpec.spec.leaseDurationSeconds", "int32"),
        ),
        (
            lease(renewTime="now"),
            f'parsing time "now" as "{LAYOUT.format(".000000")}": cannot parse "now" as "2006"',
        ),
        (lease(renewTime=12), FIELD.format("number", "LeaseSpec.spec.renewTime", "string")),
        (("coordination.v1.Lease", {"spec": []}), FIELD.format("array", "Lease.spec", "v1.LeaseSpec")),
        (("rbac.v1.Role", {"rules": {"verbs": []}}), FIELD.format("object", "Role.rules", "[]v1.PolicyRule")),
        (
            container(ports=[{"containerPort": "80"}]),
            FIELD.format("string", "ContainerPort.spec.containers.ports.containerPort", "int32"),
        ),
        (container(env=[{"value": 1}]), FIELD.format("number", "EnvVar.spec.containers.env.value", "string")),
        (
            container(imagePullPolicy=1),
            FIELD.format("number", "Container.spec.containers.imagePullPolicy", "v1.PullPolicy"),
        ),
        (container(resources={"limits": {"cpu": "64MB!"}}), QUANTITY),
        (container(resources={"limits": {"cpu": True}}), QUANTITY),
        (
            container(resources={"limits": []}),
            FIELD.format("array", "ResourceRequirements.spec.containers.resources.limits", "v1.ResourceList"),
        ),
        (
            container(livenessProbe={"httpGet": {"port": True}}),
            FIELD.format("bool", "HTTPGetAction.spec.containers.livenessProbe.httpGet.port", "int32"),
        ),
        (
            ("meta.v1.DeleteOptions", {"gracePeriodSeconds": "5"}),
            FIELD.format("string", "DeleteOptions.gracePeriodSeconds", "int64"),
        ),
        (
            ("meta.v1.DeleteOptions", {"preconditions": "x"}),
            FIELD.format("string", "DeleteOptions.preconditions", "v1.Preconditions"),
        ),
        (("core.v1.Pod", []), "json: cannot unmarshal array into Go value of type v1.Pod"),
        (schema(exclusiveMaximum=5), FIELD.format("number", f"{DEEP}.exclusiveMaximum", "bool")),
        (schema(required="a"), FIELD.format("string", f"{DEEP}.required", "[]string")),
        (schema(minLength="5"), FIELD.format("string", f"{DEEP}.minLength", "int64")),
        (schema(properties=[]), FIELD.format("array", f"{DEEP}.properties", "map[string]v1.JSONSchemaProps")),
        (schema(additionalProperties="x"), "boolean or JSON schema expected"),
        (schema(items={"type": 5}), FIELD.format("number", f"{DEEP}.items", "string")),
    ],
)
def test_a_wrong_type_is_refused_in_go_s_words(decoder: godecoding.Decoder, typed: tuple[str, Any], error: str) -> None:
    with pytest.raises(godecoding.DecodeError) as caught:
        decoder.decode(*typed)
    assert str(caught.value) == error


def test_the_first_wrong_field_of_the_document_is_told(decoder: godecoding.Decoder) -> None:
    with pytest.raises(godecoding.DecodeError, match=r"ConfigMap\.immutable"):
        decoder.decode(*config_map(immutable=1, data=5, metadata=6))


def test_what_a_type_says_itself_comes_before_wrong_types(decoder: godecoding.Decoder) -> None:
    """Such a parser ends decoding at once, other errors wait for the end."""
    with pytest.raises(godecoding.DecodeError, match="quantities must match"):
        decoder.decode(*container(image=5, resources={"limits": {"cpu": "x"}}))


def strict(decoder: godecoding.Decoder, typed: tuple[str, Any], *duplicates: str) -> list[str]:
    return decoder.decode(*typed, duplicates=duplicates).strict


def test_unknown_fields_are_told_in_the_order_of_the_document(decoder: godecoding.Decoder) -> None:
    found = strict(decoder, config_map(metadata={"lables": {}, "Name": 1}, two=2, data={"any": "key"}, one=1))
    paths = ["metadata.lables", "metadata.Name", "two", "one"]
    assert found == [f'unknown field "{path}"' for path in paths]


def test_unknown_fields_below_lists_have_indices(decoder: godecoding.Decoder) -> None:
    subsets = [{"addresses": [{"ip": "10.0.0.1", "hostnme": "x"}], "ports": [{"port": 80, "nme": "y"}]}]
    assert strict(decoder, ("core.v1.Endpoints", {"subsets": subsets})) == [
        'unknown field "subsets[0].addresses[0].hostnme"',
        'unknown field "subsets[0].ports[0].nme"',
    ]


def test_unknown_fields_of_nested_schemas_are_told_as_far_as_go_looks(decoder: godecoding.Decoder) -> None:
    path = "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.f.minimumLength"
    assert strict(decoder, schema(minimumLength=1, items={"minimumLength": 2})) == [f'unknown field "{path}"']


def test_repeated_fields_stand_between_the_unknown_ones(decoder: godecoding.Decoder) -> None:
    typed = config_map(metadata={"name": "b2"}, oops=1, data={"k": "2"})
    assert strict(decoder, typed, "metadata.name", "data.k") == [
        'duplicate field "metadata.name"',
        'unknown field "oops"',
        'duplicate field "data.k"',
    ]


def test_no_more_than_a_hundred_are_told(decoder: godecoding.Decoder) -> None:
    assert len(strict(decoder, config_map(**{f"x{index}": 1 for index in range(150)}))) == 100


def test_an_unknown_type_is_a_mistake_of_the_caller(decoder: godecoding.Decoder) -> None:
    with pytest.raises(KeyError):
        decoder.decode("core.v1.Nothing", {})


def test_an_object_nested_too_deeply_is_refused(decoder: godecoding.Decoder) -> None:
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"not": deep}
    with pytest.raises(godecoding.DecodeError, match="exceeded max depth"):
        decoder.decode("apiextensions.v1.JSONSchemaProps", deep)
