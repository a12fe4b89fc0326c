"""From bodies to objects: the texts of what is wrong, and what strict reading complains about."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.actions import decoding, media
from kroute.kinds import mounting
from kroute.machinery import context, errors, gvk
from kroute.schema import compiling, godecoding, gotypes
from kroute.storage import capabilities
from tests.fixtures import widgets

MAP = gvk.GroupVersionKind("", "v1", "ConfigMap")
JSON, YAML = media.JSONCodec(), media.YAMLCodec()
DECODER = godecoding.Decoder(gotypes.Types.load())
HEAD = b'"apiVersion":"toys.example.org/v1","kind":"Widget"'


def represented(kind: gvk.GroupVersionKind, schema: Any, **more: Any) -> mounting.Representation:
    compiled = compiling.compile_schema(schema)
    return mounting.Representation(kind=kind, storage_kind=kind, list_kind=f"{kind.kind}List", schema=compiled, **more)


CUSTOM = decoding.ObjectReader(represented(widgets.KIND, widgets.SCHEMA), DECODER)
TYPED = decoding.ObjectReader(represented(MAP, {"type": "object"}, typed=True), DECODER)


def refusal(reader: decoding.ObjectReader, body: bytes, codec: media.Codec = JSON) -> str:
    with pytest.raises(errors.BadRequest) as refused:
        reader.read(codec, body, strictly=True)
    return refused.value.message


# custom resources


@pytest.mark.parametrize(
    "body, message",
    [
        (b"", "couldn't get version/kind; json parse error: unexpected end of JSON input"),
        (b"nonsense", "invalid character 'o' in literal null (expecting 'u')"),
        (b"{}", "Object 'Kind' is missing in '{}'"),
        (b'{"apiVersion":"toys.example.org/v1"}', "Object 'Kind' is missing in '{\"apiVersion\""),
        (b"{" + HEAD + b',"metadata":{"name":1}}', "json: cannot unmarshal number into Go"),
        (b"{" + HEAD + b',"metadata":[]}', "json: cannot unmarshal array into Go"),
        (b"{" + HEAD + b',"spec":{"size":1e999}}', "1e999"),
    ],
)
def test_bodies_that_are_no_objects_are_told_so(body: bytes, message: str) -> None:
    assert message in refusal(CUSTOM, body)


def test_yaml_is_told_apart_too() -> None:
    assert "yaml: " in refusal(CUSTOM, b"a: [", YAML)
    assert "Object 'Kind' is missing in '{\"a\":1}'" in refusal(CUSTOM, b"a: 1", YAML)


def test_an_object_is_read_pruned_and_defaulted() -> None:
    found = CUSTOM.read(JSON, b"{" + HEAD + b',"metadata":null,"spec":{"size":1,"odd":{"x":1}}}', strictly=True)
    assert found.obj == {
        "apiVersion": "toys.example.org/v1",
        "kind": "Widget",
        "metadata": {},
        "spec": {"size": 1, "color": "red"},
    }
    assert found.kind == widgets.KIND
    assert list(found.strict) == ['unknown field "spec.odd"']


def test_repeated_fields_are_complained_of_only_when_that_is_wanted() -> None:
    body = b"{" + HEAD + b',"metadata":{"name":"a","name":"b"}}'
    assert list(CUSTOM.read(JSON, body, strictly=True).strict) == ['duplicate field "metadata.name"']
    assert list(CUSTOM.read(JSON, body, strictly=False).strict) == []
    assert CUSTOM.read(JSON, body, strictly=False).obj["metadata"]["name"] == "b"


def test_what_a_body_says_it_is_is_checked_afterwards() -> None:
    other = CUSTOM.read(JSON, b'{"apiVersion":"toys.example.org/v2","kind":"Widget"}', strictly=False)
    with pytest.raises(errors.BadRequest) as refused:
        CUSTOM.check_version(other.kind)
    assert refused.value.message == (
        "the API version in the data (toys.example.org/v2) does not match the expected API version "
        "(toys.example.org/v1)"
    )
    gadget = CUSTOM.read(JSON, b'{"apiVersion":"v1","kind":"Gadget","spec":{"size":"kept"}}', strictly=True)
    with pytest.raises(errors.Invalid) as invalid:
        CUSTOM.check_type(gadget.kind, "a")
    assert [cause["field"] for cause in invalid.value.details["causes"]] == ["kind", "apiVersion"]  # type: ignore[index]


def test_a_wish_to_reset_managed_fields_is_kept() -> None:
    found = CUSTOM.read(JSON, b"{" + HEAD + b',"metadata":{"managedFields":[]}}', strictly=True)
    assert found.obj["metadata"]["managedFields"] == []


def test_a_patched_object_is_read_again() -> None:
    value = {"apiVersion": "toys.example.org/v1", "kind": "Widget", "spec": {"odd": 1}}
    found = CUSTOM.reread(value)
    assert (found.obj["spec"], list(found.strict)) == ({"color": "red"}, ['unknown field "spec.odd"'])
    for broken in ([], {"kind": "Widget", "apiVersion": 1}, {"apiVersion": "v1"}):
        with pytest.raises(decoding.Unreadable):
            CUSTOM.reread(broken)  # type: ignore[arg-type]


# built-in kinds


@pytest.mark.parametrize(
    "body, message",
    [
        (b'{"data":{"a":1}}', "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"),
        (b'{"immutable":"yes"}', "json: cannot unmarshal string into Go struct field ConfigMap.immutable of type bool"),
        (b'{"kind":"Gadget","apiVersion":"toys.example.org/v1"}', 'no kind "Gadget" is registered for version'),
    ],
)
def test_built_in_kinds_have_types(body: bytes, message: str) -> None:
    text = refusal(TYPED, body)
    assert message in text
    assert text.startswith("ConfigMap in version" if b"Gadget" not in body else "Gadget in version")


def test_built_in_kinds_can_leave_out_what_they_are() -> None:
    found = TYPED.read(JSON, b'{"data":{"a":"b"},"odd":1}', strictly=True)
    assert (found.obj["kind"], found.obj["apiVersion"], found.kind) == ("ConfigMap", "v1", MAP)
    assert found.obj["data"] == {"a": "b"}
    assert list(found.strict) == ['unknown field "odd"']


def test_built_in_kinds_are_filled_in() -> None:
    def filled(obj: Any) -> None:
        obj["immutable"] = False

    reader = decoding.ObjectReader(represented(MAP, {"type": "object"}, typed=True, defaults=filled), DECODER)
    assert reader.read(JSON, b"{}", strictly=False).obj["immutable"] is False


def test_a_scheme_knows_what_else_there_is() -> None:
    class Scheme:
        def mismatch(self, found: gvk.GroupVersionKind, expected: gvk.GroupVersionKind) -> str | None:
            return None if found.kind == expected.kind else f"{found.kind} is no {expected.kind}"

    representation = represented(MAP, {"type": "object"}, typed=True)
    reader = decoding.ObjectReader(representation, DECODER, scheme=Scheme())
    assert "Secret is no ConfigMap" in refusal(reader, b'{"kind":"Secret","apiVersion":"v1"}')
    other = reader.read(JSON, b'{"kind":"ConfigMap","apiVersion":"v9"}', strictly=False)
    with pytest.raises(errors.BadRequest, match="the API version in the data"):
        reader.check_version(other.kind)


def test_other_versions_may_be_accepted() -> None:
    accepted = gvk.GroupVersion("", "v0")
    reader = decoding.ObjectReader(represented(MAP, {"type": "object"}, typed=True), DECODER, accepts=[accepted])
    found = reader.read(JSON, b'{"kind":"ConfigMap","apiVersion":"v0"}', strictly=False)
    reader.check_version(found.kind)
    assert found.obj["apiVersion"] == "v1"


def test_a_built_in_kind_that_there_is_not_can_not_be_installed() -> None:
    with pytest.raises(capabilities.InstallError, match=r"there is no Go type toys\.v1\.Widget"):
        decoding.ObjectReader(represented(widgets.KIND, widgets.SCHEMA, typed=True), DECODER)


@pytest.mark.parametrize(
    "kind, name",
    [
        (MAP, "core.v1.ConfigMap"),
        (gvk.GroupVersionKind("apps", "v1", "Deployment"), "apps.v1.Deployment"),
        (gvk.GroupVersionKind("rbac.authorization.k8s.io", "v1", "Role"), "rbac.v1.Role"),
    ],
)
def test_go_types_are_named_by_group_version_and_kind(kind: gvk.GroupVersionKind, name: str) -> None:
    assert decoding.type_name(kind) == name


def test_each_complaint_becomes_a_warning() -> None:
    ctx = context.RequestContext()
    decoding.complain(ctx, ['unknown field "a"', 'unknown field "a"'])
    assert list(ctx.warnings) == ['unknown field "a"']
    assert decoding.strict_error(["a", "b"]) == "strict decoding error: a, b"
