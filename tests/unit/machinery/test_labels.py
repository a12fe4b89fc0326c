"""Label selectors: what they say, what they match, how bad ones are refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import labels

NAME_PART = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
SUBDOMAIN = (
    "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
    "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
SLASHES = (
    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' "
    "(e.g. 'example.com/MyName')"
)


@pytest.mark.parametrize(
    "text, message",
    [
        ("app in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"),
        ("app in", "unable to parse requirement: found '' expected: '('"),
        ("app in web", "unable to parse requirement: found 'web' expected: '('"),
        ("app in (web", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("app in (web db)", "unable to parse requirement: found 'db', expected: ',' or ')'"),
        ("app in (web,=)", "unable to parse requirement: found '=', expected: ',', or identifier"),
        ("app in (,", "unable to parse requirement: found '', expected: ',', or identifier"),
        (",", "found ',', expected: !, identifier, or 'end of string'"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("a,", "found '', expected: identifier after ','"),
        ("app=web db", "found 'db', expected: ',' or 'end of string'"),
        ("app===web", "unable to parse requirement: found '=', expected: identifier"),
        ("=web", "found '=', expected: !, identifier, or 'end of string'"),
        ("!app=web", "found '=', expected: ',' or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("!!a", "unable to parse requirement: found '!', expected: identifier"),
        ("app like web", "unable to parse requirement: found 'like', expected: in, notin, =, ==, !=, gt, lt"),
        ("app IN (web)", "unable to parse requirement: found 'IN', expected: in, notin, =, ==, !=, gt, lt"),
        ("gen gt 5", "unable to parse requirement: found 'gt', expected: in, notin, =, ==, !=, gt, lt"),
        ("(app)", "found '(', expected: !, identifier, or 'end of string'"),
        ("-app", f'unable to parse requirement: <nil>: Invalid value: "-app": {NAME_PART}'),
        ("a/b/c", f'unable to parse requirement: <nil>: Invalid value: "a/b/c": {SLASHES}'),
        ("Exa_mple/x", f'unable to parse requirement: <nil>: Invalid value: "Exa_mple/x": {SUBDOMAIN}'),
        ("app=-web", f'unable to parse requirement: values[0][app]: Invalid value: "-web": {VALUE}'),
        ('app="web"', f'unable to parse requirement: values[0][app]: Invalid value: "\\"web\\"": {VALUE}'),
        (
            "app=" + "x" * 64,
            f'unable to parse requirement: values[0][app]: Invalid value: "{"x" * 64}": must be no more than 63 bytes',
        ),
        (
            "app>x",
            'unable to parse requirement: values[0]: Invalid value: "x": '
            "for 'Gt', 'Lt' operators, the value must be an integer",
        ),
        (
            "a<99999999999999999999",
            'unable to parse requirement: values[0]: Invalid value: "99999999999999999999": '
            "for 'Gt', 'Lt' operators, the value must be an integer",
        ),
    ],
)
def test_a_malformed_selector_is_refused_in_the_words_of_kube_apiserver(text: str, message: str) -> None:
    with pytest.raises(labels.SelectorError) as caught:
        labels.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text, matching, other",
    [
        ("app=web", {"app": "web"}, {"app": "db"}),
        ("app==web", {"app": "web"}, {}),
        ("app!=web", {}, {"app": "web"}),
        ("app=web,tier=back", {"app": "web", "tier": "back"}, {"app": "web"}),
        ("app=", {"app": ""}, {}),
        (" app = web , tier != front ", {"app": "web"}, {"app": "web", "tier": "front"}),
        ("app in (web,db)", {"app": "db"}, {"app": "cache"}),
        ("app in ( db , cache )", {"app": "cache"}, {}),
        ("app in (db,)", {"app": ""}, {"app": "web"}),
        ("tier in ()", {"tier": ""}, {"tier": "x"}),
        ("app notin (web)", {}, {"app": "web"}),
        ("tier", {"tier": "x"}, {}),
        ("!tier", {}, {"tier": ""}),
        ("! tier,app", {"app": ""}, {"app": "", "tier": ""}),
        ("in in (in)", {"in": "in"}, {"in": "out"}),
        ("notin notin (notin)", {}, {"notin": "notin"}),
        ("example.com/x=y", {"example.com/x": "y"}, {"x": "y"}),
        ("gen>3", {"gen": "10"}, {"gen": "3"}),
        ("gen<10", {"gen": "3"}, {"gen": "new"}),
        ("gen>2,gen<11", {"gen": "10"}, {"gen": "11"}),
        ("a\n,\tb", {"a": "", "b": ""}, {"b": ""}),
    ],
)
def test_a_selector_matches_what_it_asks_for(text: str, matching: dict[str, str], other: dict[str, str]) -> None:
    selector = labels.parse(text)
    assert selector.matches(matching)
    assert not selector.matches(other)


def test_a_nul_ends_the_selector_as_its_end_does() -> None:
    assert str(labels.parse("a=b\x00")) == "a=b"
    assert labels.parse("\x00a=b").everything


def test_an_empty_selector_matches_everything_and_asks_nothing() -> None:
    selector = labels.parse("")
    assert selector.everything
    assert selector.matches({})
    assert selector.matches({"a": "b"})
    assert str(selector) == ""


def test_nothing_matches_nothing() -> None:
    assert not labels.nothing().matches({})
    assert not labels.nothing().everything


@pytest.mark.parametrize(
    "text, canonical",
    [
        ("b=1,a=2", "a=2,b=1"),
        ("a in (z,y,z)", "a in (y,z)"),
        ("a notin ( x )", "a notin (x)"),
        ("!  a , b", "!a,b"),
        ("a  ==  b", "a==b"),
        ("a>1,b<2", "a>1,b<2"),
    ],
)
def test_a_selector_has_one_canonical_text(text: str, canonical: str) -> None:
    assert str(labels.parse(text)) == canonical


@pytest.mark.parametrize(
    "text, key, value",
    [("a=b", "a", "b"), ("a in (b)", "a", "b"), ("a in (b,c)", "a", None), ("a!=b", "a", None), ("a=b", "c", None)],
)
def test_a_selector_knows_the_only_value_a_label_may_have(text: str, key: str, value: str | None) -> None:
    assert labels.parse(text).requires_exact(key) == value


def test_a_set_of_labels_makes_a_selector() -> None:
    assert labels.from_set({"b": "2", "a": "1"}) == labels.parse("a=1,b=2")


@pytest.mark.parametrize(
    "operator, values, message",
    [
        ("in", (), "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"),
        ("=", ("a", "b"), 'values: Invalid value: ["a","b"]: exact-match compatibility requires one single value'),
        ("exists", ("a",), 'values: Invalid value: ["a"]: values set must be empty for exists and does not exist'),
        ("gt", (), "values: Invalid value: []: for 'Gt', 'Lt' operators, exactly one value is required"),
    ],
)
def test_a_requirement_with_the_wrong_values_is_refused(operator: str, values: tuple[str, ...], message: str) -> None:
    with pytest.raises(labels.SelectorError) as caught:
        labels.requirement("k", operator, values)
    assert str(caught.value) == message


WORDS = st.text(alphabet="abz019_.-AZ", min_size=1, max_size=6).filter(
    lambda word: word[0].isalnum() and word[-1].isalnum()
)
MAPS = st.dictionaries(WORDS, WORDS | st.just(""), max_size=4)


@st.composite
def requirements(draw: st.DrawFn) -> labels.Requirement:
    operator = draw(st.sampled_from([*labels.BINARY, labels.EXISTS, labels.ABSENT]))
    if operator in (labels.EXISTS, labels.ABSENT):
        values: list[str] = []
    elif operator in (labels.GREATER, labels.LESS):
        values = [str(draw(st.integers(0, 99)))]
    elif operator in (labels.IN, labels.NOT_IN):
        values = sorted(draw(st.sets(WORDS, min_size=1, max_size=3)))
    else:
        values = [draw(WORDS)]
    return labels.requirement(draw(WORDS), operator, values)


@given(st.lists(requirements(), max_size=4), MAPS)
def test_the_text_of_a_selector_reads_back_as_the_same_selector(
    found: list[labels.Requirement], objects: dict[str, str]
) -> None:
    selector = labels.Selector(found)
    again = labels.parse(str(selector))
    assert again == selector
    assert again.matches(objects) == all(labels.Selector([item]).matches(objects) for item in found)


@given(st.text(alphabet="ab=!,()<> in\x00/.-\t", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(labels.SelectorError):
        labels.parse(text)
