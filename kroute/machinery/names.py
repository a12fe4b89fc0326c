"""Which names are good: labels, subdomains, qualified names, path segments, and the names made from generateName.

Each rule takes a text and answers what is wrong with it, in kube-apiserver's words; an empty list means it is good.
Mirrors `k8s.io/apimachinery/pkg/util/validation`, `pkg/api/validate/content` and `k8s.io/apiserver/pkg/storage/names`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import TypeAlias

NameRule: TypeAlias = Callable[[str, bool], list[str]]
"""A kind's rule for `metadata.name`; the second argument says that a suffix will follow (generateName)."""

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = LABEL + r"(\." + LABEL + ")*"
UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
UNDERSCORE_SUBDOMAIN = UNDERSCORE_LABEL + r"(\." + UNDERSCORE_LABEL + ")*"
RFC1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
WILDCARD = r"\*\." + SUBDOMAIN
QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
LABEL_VALUE = f"({QUALIFIED})?"
IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"
CONFIG_KEY = "[-._a-zA-Z0-9]+"
ENV_NAME = "[-._a-zA-Z][-._a-zA-Z0-9]*"
HEADER = "[-A-Za-z0-9]+"
PERCENT = "[0-9]+%"
CONDITION_REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?"

LABEL_RE = re.compile(LABEL)
SUBDOMAIN_RE = re.compile(SUBDOMAIN)
QUALIFIED_RE = re.compile(QUALIFIED)
LABEL_VALUE_RE = re.compile(LABEL_VALUE)

LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character"
)
SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)
QUALIFIED_TEXT = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""What generated suffixes are made of: no vowels, so that no words come about."""
SUFFIX_LENGTH = 5
LONGEST_BASE = 63 - SUFFIX_LENGTH


def size(text: str) -> int:
    """Length in bytes of UTF-8, which the limits count."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def regex_error(text: str, pattern: str, *examples: str) -> str:
    """What a failed pattern says: the rule, examples, the pattern."""
    if not examples:
        return f"{text} (regex used for validation is '{pattern}')"
    listed = " or ".join(f"'{example}', " for example in examples)
    return f"{text} (e.g. {listed}regex used for validation is '{pattern}')"


def max_length_error(limit: int, unit: str = "characters") -> str:
    return f"must be no more than {limit} {unit}"


def range_error(low: int, high: int) -> str:
    return f"must be between {low} and {high}, inclusive"


def matching(text: str, pattern: str, limit: int, rule: str, *examples: str) -> list[str]:
    """What is wrong with a text that has to match a pattern and a length limit (0: none)."""
    found = [max_length_error(limit)] if limit and size(text) > limit else []
    if not re.fullmatch(pattern, text):
        found.append(regex_error(rule, pattern, *examples))
    return found


def dns1123_label(text: str) -> list[str]:
    """An RFC 1123 label: at most 63 of a-z, 0-9 and inner dashes."""
    found = [max_length_error(63)] if size(text) > 63 else []
    if not LABEL_RE.fullmatch(text):
        if SUBDOMAIN_RE.fullmatch(text):
            found.append("must not contain dots")
        else:
            found.append(regex_error(LABEL_TEXT, LABEL, "my-name", "123-abc"))
    return found


def dns1123_subdomain(text: str, unit: str = "characters") -> list[str]:
    """An RFC 1123 subdomain: labels joined by dots, at most 253 together; `unit` names what the limit counts."""
    found = [max_length_error(253, unit)] if size(text) > 253 else []
    if not SUBDOMAIN_RE.fullmatch(text):
        found.append(regex_error(SUBDOMAIN_TEXT, SUBDOMAIN, "example.com"))
    return found


def dns1123_subdomain_underscore(text: str) -> list[str]:
    """An RFC 1123 subdomain whose labels may hold underscores."""
    rule = SUBDOMAIN_TEXT.replace("characters, '-'", "characters, '_', '-'")
    return matching(text, UNDERSCORE_SUBDOMAIN, 253, rule, "example.com")


def dns1035_label(text: str) -> list[str]:
    """An RFC 1035 label: like RFC 1123's, but it starts with a letter."""
    rule = (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
        "start with an alphabetic character, and end with an alphanumeric character"
    )
    return matching(text, RFC1035, 63, rule, "my-name", "abc-123")


def wildcard_subdomain(text: str) -> list[str]:
    """`*.` before a subdomain."""
    rule = (
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
        "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
    )
    return matching(text, WILDCARD, 253, rule, "*.example.com")


def qualified_name(text: str) -> list[str]:
    """A label key: an optional subdomain and `/`, then at most 63 letters, digits, `-`, `_`, `.`."""
    prefix, slash, name = text.partition("/")
    if not slash:
        name = text
    if "/" in name:
        rule = regex_error(f"a valid label key {QUALIFIED_TEXT}", QUALIFIED, "MyName", "my.name", "123-abc")
        return [f"{rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    found: list[str] = []
    if slash:
        wrong = dns1123_subdomain(prefix, "bytes") if prefix else ["must be non-empty"]
        found += [f"prefix part {what}" for what in wrong]
    if not name:
        found.append("name part must be non-empty")
    elif size(name) > 63:
        found.append(f"name part {max_length_error(63, 'bytes')}")
    if not QUALIFIED_RE.fullmatch(name):
        found.append(regex_error(f"name part {QUALIFIED_TEXT}", QUALIFIED, "MyName", "my.name", "123-abc"))
    return found


def annotation_key(text: str) -> list[str]:
    """A label key in any case."""
    return qualified_name(text.lower())


def prefixed_label_key(text: str) -> list[str]:
    """A label key that has a prefix."""
    return qualified_name(text) or ([] if "/" in text else ["must include a prefix (e.g. 'example.com/key')"])


def label_value(text: str) -> list[str]:
    """The value of a label: empty, or like the name part of its key."""
    found = [max_length_error(63, "bytes")] if size(text) > 63 else []
    if not LABEL_VALUE_RE.fullmatch(text):
        rule = f"a valid label must be an empty string or {QUALIFIED_TEXT.removeprefix('must ')}"
        found.append(regex_error(rule, LABEL_VALUE, "MyValue", "my_value", "12345"))
    return found


def c_identifier(text: str) -> list[str]:
    rule = (
        "a valid C identifier must start with alphabetic character or '_', "
        "followed by a string of alphanumeric characters or '_'"
    )
    return matching(text, IDENTIFIER, 0, rule, "my_name", "MY_NAME", "MyName")


def config_key(text: str) -> list[str]:
    """A key of a ConfigMap or Secret."""
    rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    return matching(text, CONFIG_KEY, 253, rule, "key.name", "KEY_NAME", "key-name") + parent_directory(text)


def env_name(text: str) -> list[str]:
    """The name of an environment variable, as older rules have it."""
    rule = (
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', "
        "and must not start with a digit"
    )
    return matching(text, ENV_NAME, 0, rule, "my.env-name", "MY_ENV.NAME", "MyEnvName1") + parent_directory(text)


def relaxed_env_name(text: str) -> list[str]:
    """The name of an environment variable: printable ASCII without `=`."""
    if not text:
        return ["environment variable name must be non-empty"]
    if text.isascii() and text.isprintable() and "=" not in text:
        return []
    return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]


def parent_directory(text: str) -> list[str]:
    """What is wrong with a text that will be a file name."""
    if text in (".", ".."):
        return [f"must not be '{text}'"]
    return ["must not start with '..'"] if text.startswith("..") else []


def port_name(text: str) -> list[str]:
    """A named port: at most 15 of a-z, 0-9 and single inner dashes, with a letter in it."""
    found = [max_length_error(15)] if size(text) > 15 else []
    if not re.fullmatch("[-a-z0-9]+", text):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", text):
        found.append("must contain at least one letter (a-z)")
    if "--" in text:
        found.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return found


def port_number(port: int) -> list[str]:
    return [] if 1 <= port <= 65535 else [range_error(1, 65535)]


def percent(text: str) -> list[str]:
    rule = "a valid percent string must be a numeric string followed by an ending '%'"
    return matching(text, PERCENT, 0, rule, "1%", "93%")


def header_name(text: str) -> list[str]:
    rule = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return matching(text, HEADER, 0, rule, "X-Header-Name")


def condition_reason(text: str) -> list[str]:
    rule = (
        "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric "
        "characters or '_,:', and must end with an alphanumeric character or '_'"
    )
    examples = ("my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB")
    return matching(text, CONDITION_REASON, 0, rule, *examples)


def path_segment(text: str) -> list[str]:
    """A name that stands in a path as it is."""
    return [f"may not be '{text}'"] if text in (".", "..") else path_segment_prefix(text)


def path_segment_prefix(text: str) -> list[str]:
    """A beginning of such a name."""
    return [f"may not contain '{char}'" for char in "/%" if char in text]


def subdomain_name(name: str, prefix: bool = False) -> list[str]:
    """The NameRule of most kinds."""
    return dns1123_subdomain(masked(name) if prefix else name)


def label_name(name: str, prefix: bool = False) -> list[str]:
    """The NameRule of namespaces and services."""
    return dns1123_label(masked(name) if prefix else name)


def dns1035_name(name: str, prefix: bool = False) -> list[str]:
    """The NameRule of names that have to start with a letter."""
    return dns1035_label(masked(name) if prefix else name)


def path_segment_name(name: str, prefix: bool = False) -> list[str]:
    """The NameRule of kinds that take any text, as roles do."""
    return path_segment_prefix(name) if prefix else path_segment(name)


def masked(name: str) -> str:
    """A prefix as it is checked: a dash at its end is no fault, a suffix will follow it."""
    return name[:-2] + "a" if len(name) > 1 and name.endswith("-") else name


def generate(base: str) -> str:
    """A name from a generateName: the base, cut so that the whole fits 63, and five random characters."""
    if size(base) > LONGEST_BASE:
        base = base.encode("utf-8", "replace")[:LONGEST_BASE].decode("utf-8", "ignore")
    return base + "".join(secrets.choice(ALPHABET) for _ in range(SUFFIX_LENGTH))
