"""What another server is told of who asks."""

from __future__ import annotations

import string
from urllib import parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.aggregator import backends
from kroute.machinery import context

TOKEN = set(string.ascii_letters + string.digits + "!#$&'*+-.^_`|~%")


def test_user_groups_uid_and_extra_are_headers() -> None:
    user = context.User("ann", uid="7", groups=("a", "b"), extra={"example.org/Scopes": ("x", "y")})
    assert list(backends.identity(user)) == [
        ("X-Remote-User", "ann"),
        ("X-Remote-Uid", "7"),
        ("X-Remote-Group", "a"),
        ("X-Remote-Group", "b"),
        ("X-Remote-Extra-example.org%2FScopes", "x"),
        ("X-Remote-Extra-example.org%2FScopes", "y"),
    ]


def test_a_user_without_more_is_a_name() -> None:
    assert list(backends.identity(context.User("ann"))) == [("X-Remote-User", "ann")]


@given(st.text())
def test_any_key_is_a_header_that_can_be_read_back(key: str) -> None:
    made = backends.escaped(key)
    assert set(made) <= TOKEN
    assert parse.unquote(made) == key.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("key, shown", [("a%b", "a%25b"), ("ü", "%C3%BC"), ("a b", "a%20b"), ("Ab-1_", "Ab-1_")])
def test_odd_characters_are_percent_encoded(key: str, shown: str) -> None:
    assert backends.escaped(key) == shown
