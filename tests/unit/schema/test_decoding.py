"""Typed decoding: the object as Go would write it again."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import objects
from kroute.schema import godecoding


def decode(decoder: godecoding.Decoder, name: str, value: Any) -> Any:
    before = objects.copy(value)
    found = decoder.decode(name, value).obj
    assert value == before, "the input is left as it is"
    return found


def test_empty_values_and_nulls_go_where_go_omits_them(decoder: godecoding.Decoder) -> None:
    metadata = {"name": "x", "labels": {}, "finalizers": [], "creationTimestamp": None, "generation": 0, "uid": ""}
    value = {"metadata": metadata, "data": {}, "immutable": None, "binaryData": None}
    assert decode(decoder, "core.v1.ConfigMap", value) == {"metadata": {"name": "x"}}


def test_pointers_keep_empty_values(decoder: godecoding.Decoder) -> None:
    value = {"spec": {"holderIdentity": "", "leaseTransitions": 0}}
    assert decode(decoder, "coordination.v1.Lease", value) == {"metadata": {}, **value}


def test_structs_are_always_written(decoder: godecoding.Decoder) -> None:
    assert decode(decoder, "core.v1.Service", {"metadata": {"name": "s"}}) == {
        "metadata": {"name": "s"},
        "spec": {},
        "status": {"loadBalancer": {}},
    }


def test_what_must_be_there_is_written_empty(decoder: godecoding.Decoder) -> None:
    found = decode(decoder, "core.v1.Event", {"metadata": {"name": "e"}})
    assert found == {
        "metadata": {"name": "e"},
        "involvedObject": {},
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
    }
    assert decode(decoder, "rbac.v1.Role", {}) == {"metadata": {}, "rules": None}
    assert decode(decoder, "rbac.v1.Role", {"rules": []}) == {"metadata": {}, "rules": []}, "until it is stored"


def test_fields_come_in_go_s_order(decoder: godecoding.Decoder) -> None:
    value = {
        "status": {},
        "spec": {"restartPolicy": "Always", "containers": [{"image": "i", "name": "c"}]},
        "kind": "Pod",
    }
    found = decode(decoder, "core.v1.Pod", value)
    assert list(found) == ["kind", "metadata", "spec", "status"]
    assert list(found["spec"]) == ["containers", "restartPolicy"]
    assert list(found["spec"]["containers"][0]) == ["name", "image", "resources"]


@pytest.mark.parametrize(
    "given, wanted",
    [("0.5", "500m"), ("1000m", "1"), (2, "2"), (0.1, "100m"), (" 1Gi ", "1Gi"), (None, "0"), ("1e3", "1e3")],
)
def test_quantities_are_canonical(decoder: godecoding.Decoder, given: Any, wanted: str) -> None:
    found = decode(decoder, "core.v1.ResourceRequirements", {"limits": {"cpu": given}})
    assert found == {"limits": {"cpu": wanted}}


def test_times_are_in_utc_and_whole_seconds(decoder: godecoding.Decoder) -> None:
    value = {"creationTimestamp": "2020-01-01T02:00:00.5+02:00", "deletionTimestamp": "0001-01-01T00:00:00Z"}
    found = decode(decoder, "meta.v1.ObjectMeta", value)
    assert found == {"creationTimestamp": "2020-01-01T00:00:00Z", "deletionTimestamp": None}


def test_a_zero_creation_time_goes(decoder: godecoding.Decoder) -> None:
    assert decode(decoder, "meta.v1.ObjectMeta", {"creationTimestamp": "0001-01-01T00:00:00Z"}) == {}


@pytest.mark.parametrize("given", [80, "http", "25%"])
def test_int_or_string_stays_what_it_is(decoder: godecoding.Decoder, given: Any) -> None:
    found = decode(decoder, "core.v1.ServicePort", {"port": 80, "targetPort": given})
    assert found == {"port": 80, "targetPort": given}


def test_bytes_are_re_encoded(decoder: godecoding.Decoder) -> None:
    found = decode(decoder, "core.v1.Secret", {"data": {"a": "aGk=\n", "b": [104, 105], "c": None, "d": ""}})
    assert found["data"] == {"a": "aGk=", "b": "aGk=", "c": "", "d": ""}


def test_nulls_in_lists_and_maps_become_empty_values(decoder: godecoding.Decoder) -> None:
    value = {"metadata": {"finalizers": ["a", None], "labels": {"k": None}}, "spec": {"containers": [None]}}
    found = decode(decoder, "core.v1.Pod", value)
    assert found["metadata"] == {"finalizers": ["a", ""], "labels": {"k": ""}}
    assert found["spec"]["containers"] == [{"name": "", "resources": {}}]


def test_raw_parts_are_kept_as_they_are(decoder: godecoding.Decoder) -> None:
    data = {"x": [1, {"y": None}], "z": 1.0}
    assert decode(decoder, "apps.v1.ControllerRevision", {"data": data})["data"] == data


def test_schemas_of_crds_may_be_true_or_lists(decoder: godecoding.Decoder) -> None:
    value = {"additionalProperties": True, "items": [{"type": "string"}], "enum": [1, None], "minimum": 1.0, "not": {}}
    assert decode(decoder, "apiextensions.v1.JSONSchemaProps", value) == {
        "minimum": 1,
        "enum": [1, None],
        "items": [{"type": "string"}],
        "not": {},
        "additionalProperties": True,
    }


def test_unknown_fields_go(decoder: godecoding.Decoder) -> None:
    assert decode(decoder, "core.v1.ConfigMap", {"extra": 1, "Data": {}}) == {"metadata": {}}


def test_decoding_twice_changes_nothing(decoder: godecoding.Decoder) -> None:
    container = {"name": "c", "resources": {"limits": {"cpu": "0.5"}}, "env": [{"name": "A", "value": ""}]}
    once = decode(decoder, "apps.v1.Deployment", {"spec": {"template": {"spec": {"containers": [container]}}}})
    assert decode(decoder, "apps.v1.Deployment", once) == once


def test_every_known_type_has_a_zero_value_that_decodes_to_itself(decoder: godecoding.Decoder) -> None:
    for name in decoder.types.structs:
        zero = decoder.zero(name)
        found = decoder.decode(name, zero)
        assert (found.obj, found.strict) == (zero, []), name
