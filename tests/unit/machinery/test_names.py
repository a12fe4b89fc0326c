"""Which names are good, and how bad ones are explained."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kroute.machinery import names

LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
NAME_PART = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)


@pytest.mark.parametrize("name", ["a", "1.2-3", "a" * 253, "a.b-c.9"])
def test_a_good_subdomain_has_nothing_wrong(name: str) -> None:
    assert names.dns1123_subdomain(name) == []


@pytest.mark.parametrize(
    "name", ["Web", "a_b", "-a", "a.", "a..b", "a/b", "a b", ".", "", "*", "a\n", "größe", "a\x00"]
)
def test_a_bad_subdomain_is_told_the_rule(name: str) -> None:
    assert names.dns1123_subdomain(name) == [SUBDOMAIN]


def test_a_long_subdomain_is_told_the_limit() -> None:
    assert names.dns1123_subdomain("a" * 254) == ["must be no more than 253 characters"]
    assert names.dns1123_subdomain("ü" * 127) == ["must be no more than 253 characters", SUBDOMAIN]


@pytest.mark.parametrize(
    "name, found",
    [
        ("a.b", ["must not contain dots"]),
        ("n" * 64, ["must be no more than 63 characters"]),
        ("Prod", [LABEL]),
        ("a.B", [LABEL]),
        ("ok-1", []),
    ],
)
def test_labels_have_no_dots(name: str, found: list[str]) -> None:
    assert names.dns1123_label(name) == found


@pytest.mark.parametrize(
    "key, found",
    [
        ("app", []),
        ("a.b_c-d", []),
        ("example.com/UPPER", []),
        ("", ["name part must be non-empty", NAME_PART]),
        ("/app", ["prefix part must be non-empty"]),
        ("a/", ["name part must be non-empty", NAME_PART]),
        ("-app", [NAME_PART]),
        ("Example_com/app", [f"prefix part {SUBDOMAIN}"]),
        ("example.com/" + "k" * 64, ["name part must be no more than 63 bytes"]),
        ("a" * 254 + "/k", ["prefix part must be no more than 253 bytes"]),
    ],
)
def test_label_keys_are_qualified_names(key: str, found: list[str]) -> None:
    assert names.qualified_name(key) == found


def test_a_key_has_one_slash_at_most() -> None:
    (message,) = names.qualified_name("a/b/c")
    assert message.startswith("a valid label key must consist of")
    assert message.endswith("with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')")


def test_annotation_keys_may_have_any_case() -> None:
    assert names.annotation_key("Example.com/K") == []
    assert names.annotation_key("has space") == [NAME_PART]


def test_a_prefix_can_be_asked_for() -> None:
    assert names.prefixed_label_key("example.com/k") == []
    assert names.prefixed_label_key("k") == ["must include a prefix (e.g. 'example.com/key')"]


@pytest.mark.parametrize("value", ["", "A_1.z", "v" * 63, "5"])
def test_good_label_values(value: str) -> None:
    assert names.label_value(value) == []


@pytest.mark.parametrize("value", ["has space", "-", ".a", "a_", "a\n"])
def test_bad_label_values(value: str) -> None:
    (message,) = names.label_value(value)
    assert message.startswith("a valid label must be an empty string or consist of alphanumeric characters")


@pytest.mark.parametrize(
    "name, found",
    [
        ("system:thing", []),
        ("Any Thing_9", []),
        ("größe", []),
        ("*", []),
        ("a/b", ["may not contain '/'"]),
        ("a%b", ["may not contain '%'"]),
        ("/%", ["may not contain '/'", "may not contain '%'"]),
        (".", ["may not be '.'"]),
        ("..", ["may not be '..'"]),
    ],
)
def test_names_in_paths(name: str, found: list[str]) -> None:
    assert names.path_segment(name) == found


@pytest.mark.parametrize(
    "rule, good, bad, beginning",
    [
        (names.dns1035_label, "a-1", "1svc", "a DNS-1035 label must consist of"),
        (names.wildcard_subdomain, "*.a.b", "a.b", "a wildcard DNS-1123 subdomain must start with '*.'"),
        (names.dns1123_subdomain_underscore, "_a.b_c", "A", "a lowercase RFC 1123 subdomain must consist of"),
        (names.c_identifier, "_A9", "9", "a valid C identifier must start with"),
        (names.config_key, "a.b_C-1", "a/b", "a valid config key must consist of"),
        (names.config_key, ".a", "..", "must not be '..'"),
        (names.config_key, "a..", "..a", "must not start with '..'"),
        (names.env_name, "A.b-c_1", "1A", "a valid environment variable name must consist of alphabetic"),
        (names.relaxed_env_name, "1 A!", "a=b", "a valid environment variable name must consist only of printable"),
        (names.relaxed_env_name, "x", "", "environment variable name must be non-empty"),
        (names.port_name, "http-1", "HTTP", "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
        (names.port_name, "h", "80", "must contain at least one letter (a-z)"),
        (names.port_name, "a-b", "a--b", "must not contain consecutive hyphens"),
        (names.port_name, "a", "a-", "must not begin or end with a hyphen"),
        (names.port_name, "a" * 15, "a" * 16, "must be no more than 15 characters"),
        (names.percent, "10%", "10", "a valid percent string must be a numeric string followed by an ending '%'"),
        (names.header_name, "X-A", "X A", "a valid HTTP header must consist of"),
        (names.condition_reason, "A,b:C_", "1", "a condition reason must start with alphabetic character"),
    ],
)
def test_other_rules(rule: Callable[[str], list[str]], good: str, bad: str, beginning: str) -> None:
    assert rule(good) == []
    assert rule(bad)[0].startswith(beginning)


def test_ports_are_numbers_up_to_65535() -> None:
    assert names.port_number(1) == names.port_number(65535) == []
    assert names.port_number(0) == names.port_number(65536) == ["must be between 1 and 65535, inclusive"]


@pytest.mark.parametrize("rule", [names.subdomain_name, names.label_name, names.dns1035_name, names.path_segment_name])
def test_a_dash_at_the_end_is_good_where_a_suffix_follows(rule: names.NameRule) -> None:
    assert rule("web-", True) == []
    assert rule("web", False) == []


def test_a_lone_dash_is_no_beginning_of_a_name() -> None:
    assert names.subdomain_name("-", True) == [SUBDOMAIN]


def test_a_generated_name_is_the_base_and_five_characters() -> None:
    name = names.generate("web-")
    assert name.startswith("web-")
    assert len(name) == 9
    assert set(name[4:]) <= set(names.ALPHABET)
    assert names.dns1123_subdomain(name) == []


def test_generated_names_differ() -> None:
    assert len({names.generate("x") for _ in range(50)}) > 45


def test_a_long_base_is_cut_so_that_the_name_fits() -> None:
    assert len(names.generate("a" * 70)) == 63
    assert len(names.generate("ü" * 70).encode()) <= 63
