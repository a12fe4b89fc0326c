"""Field selectors."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import fields


@pytest.mark.parametrize(
    "text, message",
    [
        ("metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
        ("metadata.name in (a)", "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'"),
        ("metadata.name>a", "invalid selector: 'metadata.name>a'; can't understand 'metadata.name>a'"),
        ("b=c,a", "invalid selector: 'b=c,a'; can't understand 'a'"),
        ("metadata.name===a", "invalid field selector: unescaped character in value: 61"),
        ("metadata.name=a\\b", "invalid field selector: invalid escape sequence: \\b"),
        ("metadata.name=a\\", "invalid field selector: invalid escape sequence: \\"),
    ],
)
def test_a_malformed_selector_is_refused_in_the_words_of_kube_apiserver(text: str, message: str) -> None:
    with pytest.raises(fields.SelectorError) as caught:
        fields.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text, matching, other",
    [
        ("metadata.name=b", {"metadata.name": "b"}, {"metadata.name": "c"}),
        ("metadata.name==b", {"metadata.name": "b"}, {}),
        ("metadata.name!=b", {}, {"metadata.name": "b"}),
        ("n!=a,n!=c", {"n": "b"}, {"n": "c"}),
        ("n=a,", {"n": "a"}, {"n": ""}),
        ("n=", {}, {"n": "a"}),
        ("=a", {"": "a"}, {}),
        (r"n=a\,b\=c\\", {"n": "a,b=c\\"}, {"n": "a"}),
    ],
)
def test_a_selector_matches_what_it_asks_for(text: str, matching: dict[str, str], other: dict[str, str]) -> None:
    selector = fields.parse(text)
    assert selector.matches(matching)
    assert not selector.matches(other)


def test_an_empty_selector_matches_everything() -> None:
    for selector in (fields.parse(""), fields.parse(",,"), fields.everything()):
        assert selector.everything
        assert selector.matches({})


def test_a_contradiction_matches_nothing() -> None:
    assert not fields.parse("n=a,n=b").matches({"n": "a"})


def test_a_selector_tells_its_fields_and_exact_values() -> None:
    selector = fields.parse("b!=1,a=2,a=2")
    assert selector.fields == ("a", "b")
    assert selector.requires_exact("a") == "2"
    assert selector.requires_exact("b") is None
    assert selector.requires_exact("c") is None


def test_fields_can_be_mapped_dropped_and_refused() -> None:
    def change(field: str, value: str) -> tuple[str, str]:
        if field == "gone":
            return "", ""
        if field != "name":
            raise ValueError(f"field label not supported: {field}")
        return "metadata.name", value

    assert fields.parse("name=a,gone=b").transform(change) == fields.equal("metadata.name", "a")
    with pytest.raises(ValueError, match="field label not supported: x"):
        fields.parse("x=a").transform(change)


def test_two_selectors_are_joined() -> None:
    both = fields.both(fields.equal("a", "1"), fields.parse("b!=2"))
    assert str(both) == "a=1,b!=2"


NAMES = st.text(alphabet="abc.", min_size=1, max_size=6)
REQUIREMENTS = st.builds(
    fields.Requirement, NAMES, st.sampled_from(["=", "!="]), st.text(alphabet="ab,=\\!", max_size=6)
)


@given(st.lists(REQUIREMENTS, max_size=4))
def test_the_text_of_a_selector_reads_back_as_the_same_selector(found: list[fields.Requirement]) -> None:
    selector = fields.Selector(found)
    assert set(fields.parse(str(selector)).requirements) == set(selector.requirements)


@given(st.text(alphabet="ab=!,\\ \n", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(fields.SelectorError):
        fields.parse(text)
