"""How the values of objects stand in messages, and what is read back: presence, special types, inline fields."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import gvk, objects
from kroute.protobuf import codec

META = {"metadata": {"name": "a"}}


def again(protobuf: codec.Codec, obj: objects.Object) -> objects.Object:
    """The object after it was written and read."""
    return protobuf.decode(protobuf.encode(obj), gvk.GroupVersionKind("", "v1", "Status")).obj


def made(api_version: str, kind: str, **fields: Any) -> objects.Object:
    return {"kind": kind, "apiVersion": api_version, **fields}


@pytest.mark.parametrize(
    "obj",
    [
        made("v1", "Event", **META, involvedObject={}, source={}, firstTimestamp=None, lastTimestamp=None,
             eventTime="2024-02-29T23:59:59.000001Z", reportingComponent="", reportingInstance=""),
        made("coordination.k8s.io/v1", "Lease", **META,
             spec={"leaseDurationSeconds": 0, "renewTime": "1969-12-31T23:59:59.999999Z"}),
        made("v1", "ConfigMap", metadata={"name": "a", "creationTimestamp": "1970-01-01T00:00:00Z"}),
        made("v1", "ConfigMap", metadata={"name": "a", "generation": 2**62}),
        made("v1", "Secret", **META, immutable=False, data={"a": "", "b": "AAEC/w=="}),
        made("apps/v1", "ControllerRevision", **META, data={"a": [1, 1.5, None, {"ä": "<>&"}]}, revision=0),
        made("apps/v1", "ControllerRevision", **META, data=None, revision=3),
        made("policy/v1", "PodDisruptionBudget", **META,
             spec={"minAvailable": 0, "maxUnavailable": "25%"},
             status={"disruptedPods": {"b": "2024-01-01T00:00:00Z", "a": None}, "disruptionsAllowed": 0,
                     "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}),
        made("authorization.k8s.io/v1", "SelfSubjectAccessReview", metadata={},
             spec={"resourceAttributes": {"verb": "get", "resource": "pods"}}, status={"allowed": False}),
        made("authorization.k8s.io/v1", "SubjectAccessReview", metadata={},
             spec={"nonResourceAttributes": {"path": "/"}, "user": "u", "extra": {"k": ["a", "b"]}},
             status={"allowed": False}),
        made("autoscaling/v1", "Scale", **META, spec={"replicas": 3}, status={"replicas": 0}),
        made("v1", "Status", metadata={}, status="Failure", message="no", reason="NotFound",
             details={"name": "a", "kind": "pods", "causes": [{"reason": "x", "message": "y", "field": "z"}]},
             code=404),
        made("meta.k8s.io/v1", "PartialObjectMetadata", metadata={"name": "a", "labels": {"b": "c", "a": "d"}}),
        made("policy/v1", "Eviction", **META, deleteOptions={"gracePeriodSeconds": 0}),
        made("authentication.k8s.io/v1", "TokenRequest", metadata={},
             spec={"audiences": None, "expirationSeconds": 3600, "boundObjectRef": None},
             status={"token": "", "expirationTimestamp": None}),
    ],
    ids=lambda obj: obj["kind"],
)  # fmt: skip
def test_objects_come_back_as_they_were(protobuf: codec.Codec, obj: objects.Object) -> None:
    assert again(protobuf, obj) == obj


def test_keys_come_in_the_order_of_go(protobuf: codec.Codec) -> None:
    obj = again(
        protobuf,
        made("v1", "Pod", spec={"schedulerName": "s", "containers": [{"image": "i", "name": "c"}], "priority": 0}),
    )
    assert list(obj) == ["kind", "apiVersion", "metadata", "spec", "status"]
    assert list(obj["spec"]) == ["containers", "schedulerName", "priority"]
    assert list(obj["spec"]["containers"][0]) == ["name", "image", "resources"]


def test_required_fields_that_were_not_sent_are_zero(protobuf: codec.Codec) -> None:
    obj = again(protobuf, made("apps/v1", "Deployment"))
    assert obj["spec"] == {
        "selector": None,
        "template": {"metadata": {}, "spec": {"containers": None}},
        "strategy": {},
    }
    assert obj["status"] == {}


def test_empty_values_that_go_leaves_out_are_left_out(protobuf: codec.Codec) -> None:
    obj = again(
        protobuf,
        made("v1", "Pod", spec={"hostNetwork": False, "hostname": "", "nodeSelector": {}, "hostUsers": False}),
    )
    assert obj["spec"] == {"containers": None, "hostUsers": False}


def test_an_empty_object_of_a_pointer_stays(protobuf: codec.Codec) -> None:
    spec = again(protobuf, made("v1", "Pod", spec={"containers": [], "securityContext": {}}))["spec"]
    assert spec == {"containers": None, "securityContext": {}}


def test_inline_fields_stand_in_their_parent(protobuf: codec.Codec) -> None:
    volume = {"name": "v", "configMap": {"name": "c", "items": [{"key": "k", "path": "p"}], "optional": False}}
    probe = {"httpGet": {"path": "/", "port": "web"}, "periodSeconds": 10}
    spec = {
        "volumes": [volume],
        "containers": [{"name": "c", "resources": {}, "livenessProbe": probe}],
        "ephemeralContainers": [{"name": "e", "resources": {}, "targetContainerName": "c"}],
    }
    assert again(protobuf, made("v1", "Pod", spec=spec))["spec"] == spec


def test_rules_of_admission_are_inline_twice(protobuf: codec.Codec) -> None:
    rule = {"resourceNames": ["x"], "operations": ["CREATE"], "apiGroups": ["*"], "apiVersions": ["v1"],
            "resources": ["pods"], "scope": "*"}  # fmt: skip
    policy = made("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", **META,
                  spec={"matchConstraints": {"resourceRules": [rule]}, "validations": None})  # fmt: skip
    assert again(protobuf, policy)["spec"]["matchConstraints"] == {"resourceRules": [rule]}


def test_schemas_of_custom_resources_keep_their_unions(protobuf: codec.Codec) -> None:
    schema = {
        "$ref": "#/x",
        "type": "object",
        "default": {"a": None},
        "maximum": 1.5,
        "minimum": 1,
        "enum": [1, "a", None, [True]],
        "items": {"type": "string"},
        "properties": {
            "a": {"additionalProperties": False, "items": [{"type": "string"}, {}]},
            "b": {"additionalProperties": True},
            "c": {"additionalProperties": {"nullable": True}},
        },
        "dependencies": {"a": ["b", "c"], "b": {"type": "string"}},
        "x-kubernetes-preserve-unknown-fields": False,
        "x-kubernetes-int-or-string": True,
        "x-kubernetes-list-map-keys": ["a"],
        "x-kubernetes-validations": [{"rule": "true"}],
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": "g", "names": {"plural": "p", "kind": "K"}, "scope": "Cluster", "versions": [version]}
    crd = made("apiextensions.k8s.io/v1", "CustomResourceDefinition", **META, spec=spec)
    assert again(protobuf, crd)["spec"]["versions"] == [version]


def test_a_field_that_the_message_does_not_have_is_left_out(protobuf: codec.Codec) -> None:
    obj = made("v1", "ConfigMap", **META, data={"a": "b"}, other={"x": 1})
    assert again(protobuf, obj) == made("v1", "ConfigMap", **META, data={"a": "b"})


@pytest.mark.parametrize(
    "kind, known",
    [
        (gvk.GroupVersionKind("", "v1", "Pod"), True),
        (gvk.GroupVersionKind("", "v1", "PodList"), True),
        (gvk.GroupVersionKind("apps", "v1", "DeleteOptions"), True),
        (gvk.GroupVersionKind("meta.k8s.io", "v1", "PartialObjectMetadataList"), True),
        (gvk.GroupVersionKind("meta.k8s.io", "v1beta1", "PartialObjectMetadata"), True),
        (gvk.GroupVersionKind("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema"), True),
        (gvk.GroupVersionKind("meta.k8s.io", "v1", "Table"), False),
        (gvk.GroupVersionKind("", "v1", "Container"), False),
        (gvk.GroupVersionKind("apps", "v1beta1", "Deployment"), False),
        (gvk.GroupVersionKind("apps.example.org", "v1", "Deployment"), False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_it_is_known_which_kinds_have_a_message(protobuf: codec.Codec, kind: gvk.GroupVersionKind, known: bool) -> None:
    assert protobuf.knows(kind) is known


def test_a_list_is_written_item_by_item(protobuf: codec.Codec) -> None:
    kind = gvk.GroupVersionKind("", "v1", "ConfigMapList")
    items = [{**META, "data": {"k": "v"}}, {"metadata": {"name": "b"}}]
    metadata = {"resourceVersion": "17", "continue": "c", "remainingItemCount": 0}
    whole = protobuf.encode_list(kind, metadata, items)
    assert whole == protobuf.encode(made("v1", "ConfigMapList", metadata=metadata, items=items))
    assert protobuf.decode(whole, kind).obj == made("v1", "ConfigMapList", metadata=metadata, items=items)


def test_an_empty_list_has_its_metadata(protobuf: codec.Codec) -> None:
    kind = gvk.GroupVersionKind("apps", "v1", "DeploymentList")
    whole = protobuf.encode_list(kind, {"resourceVersion": "17"}, [])
    assert protobuf.decode(whole, kind).obj == made(
        "apps/v1", "DeploymentList", metadata={"resourceVersion": "17"}, items=[]
    )


def test_a_watch_frame_is_a_length_and_an_event_with_an_enveloped_object(protobuf: codec.Codec) -> None:
    obj = made("v1", "ConfigMap", **META)
    frame = protobuf.encode_watch_frame("ADDED", obj)
    content = protobuf.encode(obj)
    raw = b"\n" + bytes([len(content)]) + content
    event = b"\n\x05ADDED\x12" + bytes([len(raw)]) + raw
    assert frame == len(event).to_bytes(4, "big") + event
