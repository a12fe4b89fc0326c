"""Bodies as kubectl and kube-apiserver send them."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import gvk
from kroute.protobuf import codec

CORE = gvk.GroupVersion("", "v1")

# what kubectl 1.37 sends
CONFIG_MAP = (
    b'k8s\x00\n\x0f\n\x02v1\x12\tConfigMap\x12/\n\x1d\n\x01a\x12\x00\x1a\x0cteam-numbers"\x00*\x002\x008\x00B\x00\x12\x06'
    b'\n\x01k\x12\x01v\x12\x06\n\x01l\x12\x01w\x1a\x00"\x00'
)
SECRET = (
    b'k8s\x00\n\x0c\n\x02v1\x12\x06Secret\x12)\n\x1d\n\x01s\x12\x00\x1a\x0cteam-numbers"\x00*\x002\x008\x00B\x00\x12\x06'
    b'\n\x01k\x12\x01v\x1a\x00\x1a\x00"\x00'
)
ROLE = (
    b'k8s\x00\n$\n\x1crbac.authorization.k8s.io/v1\x12\x04Role\x124\n\x1d\n\x01r\x12\x00\x1a\x0cteam-numbers"\x00*\x002\x00'
    b'8\x00B\x00\x12\x13\n\x03get\n\x04list\x12\x00\x1a\x04pods\x1a\x00"\x00'
)
NAMESPACE = (
    b'k8s\x00\n\x0f\n\x02v1\x12\tNamespace\x12!\n\x19\n\x01p\x12\x00\x1a\x00"\x00*\x002\x008\x00B\x00Z\x06\n\x01a\x12\x01b\x12'
    b'\x00\x1a\x02\n\x00\x1a\x00"\x00'
)
DELETE_OPTIONS = b'k8s\x00\n\x13\n\x02v1\x12\rDeleteOptions\x12\x11"\nBackground*\x03All\x1a\x00"\x00'
NO_TYPE_META = b'k8s\x00\x12 \n\x16\n\x06nometa\x12\x00\x1a\x00"\x00*\x002\x008\x00B\x00\x12\x06\n\x01k\x12\x01v'
# what kube-apiserver answers
ANSWER = (
    b'k8s\x00\n\x0f\n\x02v1\x12\tConfigMap\x12P\nN\n\x01b\x12\x00\x1a\x0cteam-numbers"\x00*$b05952b6-3f0'
    b'a-4b1e-9b77-4b6f756f0d1e2\x05447878\x00B\x08\x08\x80\xc3\xbb\xc2\x06\x10\x00\x1a\x00"\x00'
)


def kind(name: str, group_version: gvk.GroupVersion = CORE) -> gvk.GroupVersionKind:
    return gvk.GroupVersionKind(*group_version, name)


@pytest.mark.parametrize(
    "body, expected",
    [
        (
            CONFIG_MAP,
            {
                "kind": "ConfigMap",
                "apiVersion": "v1",
                "metadata": {"name": "a", "namespace": "team-numbers"},
                "data": {"k": "v", "l": "w"},
            },
        ),
        (
            SECRET,
            {
                "kind": "Secret",
                "apiVersion": "v1",
                "metadata": {"name": "s", "namespace": "team-numbers"},
                "data": {"k": "dg=="},
            },
        ),
        (
            ROLE,
            {
                "kind": "Role",
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "metadata": {"name": "r", "namespace": "team-numbers"},
                "rules": [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}],
            },
        ),
        (
            NAMESPACE,
            {
                "kind": "Namespace",
                "apiVersion": "v1",
                "metadata": {"name": "p", "labels": {"a": "b"}},
                "spec": {},
                "status": {},
            },
        ),
        (
            DELETE_OPTIONS,
            {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background", "dryRun": ["All"]},
        ),
    ],
    ids=["configmap", "secret", "role", "namespace", "options"],
)
def test_what_kubectl_sends_is_read_as_json_would_be(
    protobuf: codec.Codec, body: bytes, expected: dict[str, Any]
) -> None:
    decoded = protobuf.read(body, kind("Pod"))
    assert decoded.obj == expected
    assert list(decoded.obj) == list(expected)
    assert decoded.kind.kind == expected["kind"]
    assert decoded.kind.api_version == expected["apiVersion"]


def test_an_answer_of_kube_apiserver_is_read(protobuf: codec.Codec) -> None:
    obj = protobuf.read(ANSWER, kind("ConfigMap")).obj
    assert obj["metadata"] == {
        "name": "b",
        "namespace": "team-numbers",
        "uid": "b05952b6-3f0a-4b1e-9b77-4b6f756f0d1e",
        "resourceVersion": "44787",
        "creationTimestamp": "2025-06-15T15:06:40Z",
    }


def test_a_body_that_does_not_say_its_type_is_taken_as_the_expected_one(protobuf: codec.Codec) -> None:
    decoded = protobuf.read(NO_TYPE_META, kind("ConfigMap"))
    assert decoded.kind == kind("ConfigMap")
    assert decoded.obj == {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": "nometa"},
        "data": {"k": "v"},
    }


def test_a_body_of_another_kind_says_so(protobuf: codec.Codec) -> None:
    assert protobuf.read(SECRET, kind("ConfigMap")).kind == kind("Secret")


def test_a_body_of_an_unknown_kind_is_empty_but_for_its_type(protobuf: codec.Codec) -> None:
    body = protobuf.envelope(kind("Gizmo"), b"\n\x00")
    decoded = protobuf.read(body, kind("ConfigMap"))
    assert decoded.obj == {"kind": "Gizmo", "apiVersion": "v1"}
    assert decoded.kind == kind("Gizmo")


def test_an_api_version_that_is_none_counts_as_unsaid(protobuf: codec.Codec) -> None:
    body = b"k8s\x00\n\x10\n\x05a/b/c\x12\x07Service\x12\x00"
    assert protobuf.read(body, kind("ConfigMap")).kind == kind("Service")


def test_what_is_written_is_what_kube_apiserver_writes_but_for_empty_fields(protobuf: codec.Codec) -> None:
    obj = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "s"}, "data": {"k": "dg=="}}
    assert protobuf.encode(obj) == (
        b'k8s\x00\n\x0c\n\x02v1\x12\x06Secret\x12\r\n\x03\n\x01s\x12\x06\n\x01k\x12\x01v\x1a\x00"\x00'
    )
