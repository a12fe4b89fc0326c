"""Accept and Content-Type, as kube-apiserver reads them."""

from __future__ import annotations

import pytest

from kroute.actions import media, negotiation
from kroute.machinery import errors, gvk, objects

STREAMS = ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
TYPES = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
META = ";g=meta.k8s.io;v=v1"


class Codec:
    def __init__(self, media_type: str, *, streams: bool = True, custom: bool = True, tables: bool = True) -> None:
        self.media_type, self.streams, self.text = media_type, streams, True
        self.custom, self.tables = custom, tables

    def encode(self, obj: objects.Object, *, pretty: bool = False) -> bytes:
        raise NotImplementedError

    def frame(self, kind: str, obj: objects.Object) -> bytes:
        raise NotImplementedError

    def decode(self, body: bytes, expected: gvk.GroupVersionKind) -> media.Document:
        raise NotImplementedError

    def inspect(self, document: media.Document) -> media.Strictness:
        raise NotImplementedError


CODECS = media.Codecs(
    [
        Codec("application/json"),
        Codec("application/yaml", streams=False),
        Codec("application/vnd.kubernetes.protobuf", custom=False, tables=False),
    ]
)
BUILT_IN = negotiation.Negotiator(CODECS, produces=CODECS.media_types, custom=False)
LISTED = negotiation.Negotiator(CODECS, produces=CODECS.media_types + CODECS.stream_types, custom=False)
CUSTOM = negotiation.Negotiator(CODECS)


def short(found: negotiation.Output | None) -> str | None:
    """The codec's last word, then what it is converted to."""
    if found is None:
        return None
    name = found.codec.media_type.rpartition("/")[2].rpartition(".")[2]
    return " ".join(filter(None, (name, found.convert, found.version, "pretty" if found.pretty else "")))


@pytest.mark.parametrize(
    "accept, found",
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/json", "json"),
        ("application/yaml", "yaml"),
        ("application/vnd.kubernetes.protobuf", "protobuf"),
        ("application/json;charset=utf-8", "json"),
        ("application/json; charset=utf-8", "json"),
        ("application/json;pretty=1", "json pretty"),
        ("application/json;q=0.5, application/yaml", "yaml"),
        ("application/yaml;q=0.5,application/json", "json"),
        ("application/json;q=0.1, application/yaml;q=0.9", "yaml"),
        ("application/yaml,application/json", "yaml"),
        ("application/json;q=0", "json"),
        ("*/*, application/yaml", "yaml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("application/vnd.example+json, application/json", "json"),
        ("application/json;stream=watch", "json"),
        ("application/json;sv=v1", "json"),
        (f"application/json;as=Table{META}", "json Table v1"),
        ("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", "json Table v1beta1"),
        ("application/json;as=Bogus;g=meta.k8s.io;v=v1,application/json", "json"),
        (f"application/json;as=Table;g=example.com;v=v1, application/json;as=Table{META}", "json Table v1"),
        (f"application/vnd.kubernetes.protobuf;as=Table{META},application/json;as=Table{META}", "json Table v1"),
        (f"application/yaml;as=PartialObjectMetadata{META}", "yaml PartialObjectMetadata v1"),
        (
            f"application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList{META}",
            "protobuf PartialObjectMetadataList v1",
        ),
    ],
)
def test_the_output_for_an_accept_header(accept: str, found: str) -> None:
    assert short(BUILT_IN.output(accept)) == found
    assert short(BUILT_IN.output(accept)) == found


@pytest.mark.parametrize(
    "accept",
    ["application/*", "text/html", "text/plain", "application/json-patch+json", "json", "Application/JSON", "*/json"],
)
def test_what_the_router_refuses_is_told_in_its_words(accept: str) -> None:
    for _ in range(2):
        with pytest.raises(errors.NotAcceptable) as found:
            BUILT_IN.output(accept)
        assert found.value.message == f"406: Not Acceptable\n\nAvailable representations: {TYPES}"
        assert found.value.details == {}
    with pytest.raises(errors.NotAcceptable) as found:
        LISTED.output(accept)
    assert found.value.message.endswith(TYPES + STREAMS)


@pytest.mark.parametrize(
    "accept",
    [
        "application/json;as=Unknown;g=meta.k8s.io;v=v1",
        "application/json;as=Table;g=meta.k8s.io;v=v2",
        "application/json;as=Table;v=v1",
        "application/json;as=Table;g=meta.k8s.io",
        "application/json;as=table;g=meta.k8s.io;v=v1",
        "application/json;g=meta.k8s.io;v=v1",
        "application/json;stream=log",
        "application/yaml;stream=watch",
        "application/json;sv=v2",
        f"application/vnd.kubernetes.protobuf;as=Table{META}",
    ],
)
def test_parameters_that_cannot_be_had_are_refused(accept: str) -> None:
    with pytest.raises(errors.NotAcceptable) as found:
        BUILT_IN.output(accept)
    assert found.value.message == f"only the following media types are accepted: {TYPES}"
    assert found.value.details is None


@pytest.mark.parametrize(
    "accept, found",
    [
        ("application/*", "json"),
        ("application/vnd.kubernetes.protobuf,application/json", "json"),
        (f"application/vnd.kubernetes.protobuf;as=PartialObjectMetadata{META}", "protobuf PartialObjectMetadata v1"),
    ],
)
def test_custom_resources_are_negotiated_by_the_handlers_alone(accept: str, found: str) -> None:
    assert short(CUSTOM.output(accept)) == found


@pytest.mark.parametrize("accept", ["application/vnd.kubernetes.protobuf", "text/html", "json"])
def test_custom_resources_have_no_form_in_some_codecs(accept: str) -> None:
    with pytest.raises(errors.NotAcceptable, match="only the following media types are accepted: "):
        CUSTOM.output(accept)


@pytest.mark.parametrize(
    "accept, found",
    [
        ("", "json"),
        ("application/json", "json"),
        ("application/json;stream=watch", "json"),
        ("application/vnd.kubernetes.protobuf", "protobuf"),
        (f"application/json;as=Table{META}", "json Table v1"),
    ],
)
def test_the_format_of_a_stream(accept: str, found: str) -> None:
    assert short(LISTED.stream(accept)) == found


def test_a_codec_without_frames_is_no_format_of_a_stream() -> None:
    with pytest.raises(errors.NotAcceptable) as found:
        LISTED.stream("application/yaml")
    assert found.value.message == f"only the following media types are accepted: {STREAMS[2:]}"


@pytest.mark.parametrize(
    "accept, found",
    [
        ("", "json"),
        ("application/yaml", "yaml"),
        ("application/*", "json"),
        ("application/vnd.kubernetes.protobuf", "protobuf"),
        (f"application/json;as=Table{META}", None),
        (f"application/json;as=Table{META},application/json", "json"),
        ("text/html", None),
        ("text/html,*/*", "json"),
    ],
)
def test_errors_are_never_converted_and_need_no_agreement(accept: str, found: str | None) -> None:
    assert short(negotiation.error_output(CODECS, accept)) == found
    assert short(BUILT_IN.error(accept)) == found
    assert short(BUILT_IN.error(accept)) == found


def test_many_different_headers_are_not_all_remembered() -> None:
    negotiator = negotiation.Negotiator(CODECS)
    for number in range(3 * negotiation.REMEMBERED):
        assert short(negotiator.output(f"application/yaml;x={number}")) == "yaml"
        assert short(negotiator.error(f"application/yaml;x={number}")) == "yaml"
    assert len(negotiator._outputs) <= negotiation.REMEMBERED
    assert len(negotiator._errors) <= negotiation.REMEMBERED


@pytest.mark.parametrize(
    "content_type, found",
    [
        ("", "json"),
        (None, "json"),
        ("application/json", "json"),
        ("application/json; charset=utf-8", "json"),
        ("Application/JSON", "json"),
        ("application/yaml", "yaml"),
    ],
)
def test_the_codec_for_a_body(content_type: str | None, found: str) -> None:
    assert short(negotiation.Output(negotiation.body_codec(CODECS, content_type))) == found


@pytest.mark.parametrize("content_type", ["text/plain", "json", "application/xml", "application/x-www-form-urlencoded"])
def test_other_bodies_are_refused(content_type: str) -> None:
    with pytest.raises(errors.UnsupportedMediaType) as found:
        negotiation.body_codec(CODECS, content_type)
    text = "the body of the request was in an unknown format - accepted media types include: "
    assert found.value.message == text + TYPES


@pytest.mark.parametrize(
    "pretty, agent, found",
    [
        (None, "kubectl/v1.37", False),
        (None, "curl/8.5.0", True),
        (None, "Mozilla/5.0 (X11)", True),
        (["false"], "curl/8.5.0", False),
        ([""], "curl/8.5.0", True),
        (["true"], "", True),
        (["1"], "", True),
        (["yes please"], "", False),
    ],
)
def test_answers_for_humans(pretty: list[str] | None, agent: str, found: bool) -> None:
    assert negotiation.is_pretty(pretty, agent) is found


def test_a_server_needs_a_codec() -> None:
    with pytest.raises(ValueError, match="at least one codec"):
        media.Codecs([])
