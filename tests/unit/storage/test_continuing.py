"""Continue tokens have kube-apiserver's form, and broken ones are refused in its words."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import errors
from kroute.storage import continuing

INVALID = "invalid continue token: continue key is not valid: "


def token(**content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def refusal(text: str) -> str:
    with pytest.raises(errors.BadRequest) as caught:
        continuing.decode(text)
    return caught.value.message


def test_a_token_has_the_form_that_clients_know() -> None:
    text = continuing.encode("b", 5)
    assert text == "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NSwic3RhcnQiOiJiXHUwMDAwIn0"
    assert continuing.decode(text) == continuing.Token("b\0", 5)


@given(st.text(st.characters(codec="utf-8", exclude_characters="/."), min_size=1), st.integers(1, 2**53))
def test_a_token_is_read_as_it_was_written(key: str, revision: int) -> None:
    assert continuing.decode(continuing.encode(key, revision)) == continuing.Token(f"{key}\0", revision)


@pytest.mark.parametrize(
    "text, said",
    [
        ("garbage", "invalid character '\\x81' looking for beginning of value"),
        ("!!", "illegal base64 data at input byte 0"),
        ("abc=", "illegal base64 data at input byte 3"),
        ("abcde", "illegal base64 data at input byte 4"),
        ("e30", "server does not recognize this encoded version "),
        (token(v="v2", rv=5, start="a"), "server does not recognize this encoded version v2"),
        (
            token(v="meta.k8s.io/v1", rv=0, start="a"),
            "incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
        ),
        (token(v="meta.k8s.io/v1", rv=5), "encoded start key empty (version meta.k8s.io/v1)"),
        (token(v="meta.k8s.io/v1", rv=5, start="../x"), "../x"),
        (token(v="meta.k8s.io/v1", rv=5, start="a//b"), "a//b"),
        (token(v="meta.k8s.io/v1", rv=5, start="//a"), "//a"),
        (token(v="meta.k8s.io/v1", rv=5, start="a/./b"), "a/./b"),
    ],
)
def test_a_broken_token_is_refused(text: str, said: str) -> None:
    assert refusal(text) == INVALID + said


def test_fields_of_other_types_are_refused() -> None:
    text = refusal(token(v="meta.k8s.io/v1", rv="5", start="a"))
    assert text == f"{INVALID}json: cannot unmarshal string into Go struct field continueToken.rv of type int64"
    assert "cannot unmarshal array" in refusal(base64.urlsafe_b64encode(b"[1]").rstrip(b"=").decode())


def test_a_negative_revision_means_the_present() -> None:
    assert continuing.decode(token(v="meta.k8s.io/v1", rv=-7, start="a")).revision == continuing.PRESENT


def test_a_token_too_old_is_answered_with_one_to_go_on_with() -> None:
    error = continuing.too_old(continuing.Token("b\0", 5))
    status = error.status()
    assert (status["code"], status["reason"]) == (410, "Expired")
    assert continuing.decode(status["metadata"]["continue"]) == continuing.Token("b\0", continuing.PRESENT)
