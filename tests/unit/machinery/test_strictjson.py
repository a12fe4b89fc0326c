"""Fields that stand in a body twice, and the order in which they are told."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import codecs, strictjson


def duplicates(data: bytes) -> list[str]:
    return strictjson.duplicates(data, codecs.decode(data))


@pytest.mark.parametrize(
    "data, wanted",
    [
        (b'{"a":1,"b":{"a":2}}', []),
        (b"[]", []),
        (b'[{"a":1},{"a":2}]', []),
        (b'{"metadata":{"name":"x","name":"y"},"data":{"k":"1","k":"2","k":"3"}}', ["metadata.name", "data.k"]),
        (b'{"l":[1,{"x":1,"x":2},[{"y":1,"y":2}]]}', ["l[1].x", "l[2][0].y"]),
        (b'{"l":["a",null,{"x":1,"x":2}]}', ["l[2].x"]),
        (b'{"a":{"b":1},"a":{"b":2}}', ["a"]),
        (b'{"\\u0061":1, "a" : 2}', ["a"]),
        (b'{"a:b":"c:d","x":"\\"{","x":1}', ["x"]),
        (b'{"a\\nb":1,"a\\nb":2,"\xff":1}', ["a\nb"]),
        (b'{ "a" : [ ] , "b" : { } , "b" : 1 }', ["b"]),
    ],
)
def test_duplicates_are_found_with_their_paths(data: bytes, wanted: list[str]) -> None:
    assert duplicates(data) == wanted


def test_messages_come_in_the_order_of_the_body() -> None:
    data = b'{"metadata":{"name":"x","name":"y"},"oops":{"a":1,"a":2},"data":{"k":"1","k":"2"},"oops":3}'
    assert strictjson.messages(data, codecs.decode(data), ["oops"]) == [
        'duplicate field "metadata.name"',
        'unknown field "oops"',
        'duplicate field "data.k"',
    ]


def test_without_duplicates_unknown_fields_are_told_as_they_were_found() -> None:
    data = b'{"z":1,"a":[{"b":2}]}'
    found = strictjson.messages(data, codecs.decode(data), ["z", "a[0].b"])
    assert found == ['unknown field "z"', 'unknown field "a[0].b"']
    assert strictjson.messages(data, codecs.decode(data)) == []


def test_unknown_fields_that_are_not_in_the_text_come_last() -> None:
    data = b'{"a":1,"a":2}'
    found = strictjson.messages(data, codecs.decode(data), ["elsewhere"])
    assert found == ['duplicate field "a"', 'unknown field "elsewhere"']


def test_a_field_whose_name_begins_like_an_unknown_one_is_looked_at() -> None:
    data = b'{"oops":1,"oopsies":{"a":1,"a":2}}'
    assert strictjson.messages(data, codecs.decode(data), ["oops"]) == [
        'unknown field "oops"',
        'duplicate field "oopsies.a"',
    ]


def test_no_more_than_a_hundred_are_told() -> None:
    data = b"{" + b",".join(b'"k%d":1,"k%d":2' % (index, index) for index in range(150)) + b"}"
    assert len(duplicates(data)) == 100
    assert len(strictjson.messages(data, codecs.decode(data))) == 100


TREES = st.recursive(
    st.integers(0, 9) | st.sampled_from(["", ":", ",{", '\\"']),
    lambda below: (
        st.lists(below, max_size=3)
        | st.lists(st.tuples(st.sampled_from(["a", "b", "ü", "c:"]), below), max_size=4).map(tuple)
    ),
    max_leaves=10,
)


def written(tree: object, path: str, found: list[str]) -> str:
    """A tree as JSON with repeated keys; their paths are collected on the way."""
    if isinstance(tree, tuple):
        seen: set[str] = set()
        members = []
        for key, value in tree:
            below = f"{path}.{key}" if path else key
            if key in seen:
                found.append(below)
            seen.add(key)
            members.append(f"{json.dumps(key)} : {written(value, below, found)}")
        return "{" + " , ".join(members) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(written(item, f"{path}[{at}]", found) for at, item in enumerate(tree)) + "]"
    return json.dumps(tree)


@given(TREES)
def test_duplicates_are_those_that_were_written(tree: object) -> None:
    wanted: list[str] = []
    data = written(tree, "", wanted).encode()
    document = codecs.decode(data)
    assert strictjson.has_duplicates(data, document) is bool(wanted)
    assert duplicates(data) == list(dict.fromkeys(wanted))
    assert not strictjson.has_duplicates(codecs.encode(document), document)


@pytest.mark.parametrize(
    "body, twice",
    [
        (b'{"a": 1, "b" : 2}', False),
        (b'{"a": 1, "a" : 2}', True),
        (b'{ "a":"\\":", "b":1 , "b":1}', True),
        (b'{ "a":"\\" :\\":", "b":1 }', False),
        (b'{ "a":"\\u0022:", "b":1 , "b":1}', True),
        (b'{ "a":"\\u0022:", "b":1 }', False),
        (b'{ "\\u0061":1, "a":1}', True),
        (b'[{"a": {"b": 1}}, {"a": {"b": 1, "b": {"c": 2}}}]', True),
    ],
)
def test_whether_a_field_is_there_twice(body: bytes, twice: bool) -> None:
    assert strictjson.has_duplicates(body, orjson.loads(body)) is twice
