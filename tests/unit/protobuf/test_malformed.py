"""Bodies that are refused, with the texts that kube-apiserver has for them."""

from __future__ import annotations

import pytest

from kroute.machinery import codecs, errors, gvk
from kroute.protobuf import codec, descriptors
from kroute.schema import gotypes

CONFIG_MAP = gvk.GroupVersionKind("", "v1", "ConfigMap")
POD = gvk.GroupVersionKind("", "v1", "Pod")
UNRECOGNIZED = "the object provided is unrecognized (must be of type ConfigMap): "
CANNOT = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: '
PREFIX = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"


@pytest.mark.parametrize(
    "body, text",
    [
        (b"", "empty data (<empty>)"),
        (b"k8s\x00", "empty body (6b387300)"),
        (b"hello", f"{PREFIX} (68656c6c6f)"),
        (b"k8", f"{PREFIX} (6b38)"),
        (
            b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}',
            f'{PREFIX} ({{"apiVersion":"v1","kind":"Con ...)',
        ),
        (b"k8s\x00\n", "unexpected EOF (6b3873000a)"),
        (b"k8s\x00O", "proto: illegal wireType 7 (6b3873004f)"),
        (b"k8s\x00\n\x05ab", "unexpected EOF (6b3873000a056162)"),
        (b"k8s\x00\x08\x01", "proto: wrong wireType = 0 for field TypeMeta (6b3873000801)"),
    ],
)
def test_a_body_without_an_envelope_is_unrecognized(protobuf: codec.Codec, body: bytes, text: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        protobuf.read(body, CONFIG_MAP)
    assert caught.value.message == UNRECOGNIZED + text
    assert caught.value.details is None


@pytest.mark.parametrize(
    "message, text",
    [
        (b"\n", "unexpected EOF"),
        (b"\n\x0a\x01", "unexpected EOF"),
        (b"\n\x02\n\x05", "unexpected EOF"),
        (b"\x08\x01", "proto: wrong wireType = 0 for field ObjectMeta"),
        (b"\n\x02\x08\x01", "proto: wrong wireType = 0 for field Name"),
        (b"\n\x02:\x00", "proto: wrong wireType = 2 for field Generation"),
        (b"\x12\x00\x0c", "proto: ConfigMap: wiretype end group for non-group"),
        (b"\x00\x00", "proto: ConfigMap: illegal tag 0 (wire type 0)"),
        (b"\x81\x80\x80\x80@", "proto: ConfigMap: illegal tag -2147483648 (wire type 17179869185)"),
        (b"\xff" * 11, "proto: integer overflow"),
        (b"\n" + b"\xff" * 9 + b"\x01", "proto: negative length found during unmarshaling"),
        (b"\xfa\x07\x05abc", "unexpected EOF"),
        (b"\xfb\x07\x0f\x00", "proto: illegal wireType 7"),
        (b"\xfd\x07\x0f\x00", "unexpected EOF"),
        (b"\x12\x06\n\x01\xff\x12\x01a", "proto: string field contains invalid UTF-8"),
        (b"\n\x03\n\x01\xff", "proto: string field contains invalid UTF-8"),
    ],
)
def test_a_malformed_message_is_refused_with_the_reason(protobuf: codec.Codec, message: bytes, text: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        protobuf.read(protobuf.envelope(CONFIG_MAP, message), CONFIG_MAP)
    assert caught.value.message == CANNOT + text


def test_the_error_of_a_malformed_message_carries_its_kind(protobuf: codec.Codec) -> None:
    with pytest.raises(codecs.NumberError) as caught:
        protobuf.decode(protobuf.envelope(POD, b"\n"), CONFIG_MAP)
    assert caught.value.document == {"kind": "Pod", "apiVersion": "v1"}


@pytest.mark.parametrize(
    "spec, text",
    [
        (b"\x12\x0f\x12\x0dB\x0b\x12\x09\n\x03cpu\x12\x02\n\x00", "quantities must match the regular expression"),
        (b"\x12\x0f\x12\x0dB\x0b\n\x09\n\x03cpu\x12\x02\n\x00", "quantities must match the regular expression"),
    ],
)
def test_values_that_do_not_parse_are_refused(protobuf: codec.Codec, spec: bytes, text: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        protobuf.read(protobuf.envelope(POD, spec), POD)
    assert caught.value.message.startswith(f'Pod in version "v1" cannot be handled as a Pod: {text}')


def test_a_time_outside_of_the_years_is_refused(protobuf: codec.Codec) -> None:
    late = b"\n\x0bB\x09\x08" + b"\xff" * 7 + b"\x7f"
    with pytest.raises(errors.BadRequest, match="year outside of range"):
        protobuf.read(protobuf.envelope(CONFIG_MAP, late), CONFIG_MAP)


def test_an_int_or_string_that_is_neither_is_refused(protobuf: codec.Codec) -> None:
    policy = gvk.GroupVersionKind("policy", "v1", "PodDisruptionBudget")
    with pytest.raises(errors.BadRequest, match=r"impossible IntOrString\.Type"):
        protobuf.read(protobuf.envelope(policy, b"\x12\x04\n\x02\x08\x07"), policy)


def test_embedded_json_that_is_none_is_refused(protobuf: codec.Codec) -> None:
    revision = gvk.GroupVersionKind("apps", "v1", "ControllerRevision")
    with pytest.raises(errors.BadRequest, match="invalid character"):
        protobuf.read(protobuf.envelope(revision, b"\x12\x05\n\x03{x}"), revision)


def test_unknown_fields_are_skipped_everywhere(protobuf: codec.Codec) -> None:
    unknown = b"\xfa\x07\x03abc\xf8\x07\x05\xfd\x07aaaa\xf9\x07aaaaaaaa\xfb\x07\x08\x01\xfc\x07"
    message = b"\n" + bytes([3 + len(unknown)]) + b"\n\x01a" + unknown + unknown
    obj = protobuf.read(protobuf.envelope(CONFIG_MAP, message), CONFIG_MAP).obj
    assert obj == {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}}


def test_a_kind_without_a_message_is_not_acceptable(protobuf: codec.Codec) -> None:
    with pytest.raises(errors.NotAcceptable, match="does not implement the protobuf marshalling interface"):
        protobuf.encode({"kind": "Widget", "apiVersion": "toys.example.org/v1", "metadata": {"name": "a"}})


def test_a_missing_library_is_said_when_the_codec_is_made(
    types: gotypes.Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kroute.protobuf.descriptors.util.find_spec", lambda name: None)
    with pytest.raises(descriptors.MissingProtobuf, match=r"install kroute\[server\]"):
        codec.Codec(types)
