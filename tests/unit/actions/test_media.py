"""Codecs and their registry."""

from __future__ import annotations

import json

import pytest

from kroute.actions import media
from kroute.machinery import codecs, gvk

KIND = gvk.GroupVersionKind("toys.example.org", "v1", "Widget")
JSON, YAML = media.JSONCodec(), media.YAMLCodec()
OBJECT = {"apiVersion": "toys.example.org/v1", "kind": "Widget", "spec": {"tags": ["<&>", "ü"]}}


def test_json_is_a_line_or_laid_out() -> None:
    assert JSON.encode(OBJECT).count(b"\n") == 1
    assert JSON.encode(OBJECT).endswith(b"}\n")
    assert json.loads(JSON.encode(OBJECT)) == json.loads(JSON.encode(OBJECT, pretty=True)) == OBJECT
    assert JSON.encode(OBJECT, pretty=True).startswith(b'{\n  "')


def test_frames_of_json_are_lines() -> None:
    assert JSON.frame("ADDED", {"a": 1}) == b'{"type":"ADDED","object":{"a":1}}\n'


@pytest.mark.parametrize("codec", [JSON, YAML])
def test_what_is_written_can_be_read(codec: media.Codec) -> None:
    found = codec.decode(codec.encode(OBJECT), KIND)
    assert (found.value, found.kind) == (OBJECT, KIND)
    assert codec.inspect(found) == media.Strictness([] if codec is JSON else ())


@pytest.mark.parametrize("codec, body", [(JSON, b"{"), (JSON, b"1 2"), (YAML, b"a: ["), (YAML, b"a: b: c")])
def test_what_can_not_be_read_is_an_error(codec: media.Codec, body: bytes) -> None:
    with pytest.raises(codecs.DecodeError):
        codec.decode(body, KIND)


def test_repeated_keys_are_found() -> None:
    found = JSON.decode(b'{"a":{"b":1,"b":2}}', KIND)
    assert JSON.inspect(found).duplicates == ["a.b"]
    as_yaml = YAML.decode(b"a:\n  b: 1\n  b: 2\n", KIND)
    [text] = YAML.inspect(as_yaml).texts
    assert 'line 3: key "b" already set in map' in text


def test_yaml_is_no_format_of_a_watch() -> None:
    assert not YAML.streams
    with pytest.raises(NotImplementedError):
        YAML.frame("ADDED", OBJECT)


def test_a_registry_finds_codecs_by_their_names() -> None:
    known = media.Codecs([JSON, YAML])
    assert known.first is JSON
    assert known.media_types == ("application/json", "application/yaml")
    assert known.stream_types == ("application/json;stream=watch",)
    assert known.find("application/yaml") is YAML
    assert known.find("text/yaml") is None
    assert list(known) == [JSON, YAML]


def test_a_registry_can_get_one_more() -> None:
    more = media.Codecs([JSON]).with_codec(YAML)
    assert more.media_types == ("application/json", "application/yaml")
    with pytest.raises(ValueError, match="at least one codec"):
        media.Codecs([])
