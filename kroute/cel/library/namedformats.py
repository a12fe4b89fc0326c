"""Named formats: `format.dns1123Label().validate(name)`, and keys of JSON patches.

Mirrors `k8s.io/apiserver/pkg/cel/library/format.go` and `jsonpatch.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kroute.cel import values
from kroute.cel.library import urls
from kroute.cel.library.overloads import Overload, function, member
from kroute.cel.values import Optional
from kroute.machinery import names
from kroute.schema import formats

KIND: Final = "kubernetes.NamedFormat"


@dataclass(frozen=True, slots=True)
class NamedFormat:
    """A format, and what finds out what is wrong with a text."""

    name: str
    check: Callable[[str], list[str]]

    cel_type = KIND


def uri(text: str) -> list[str]:
    return [] if formats.is_uri(text) else [urls.reason(text)]


def known(name: str, problem: str) -> Callable[[str], list[str]]:
    """A format of schemas."""

    def check(text: str) -> list[str]:
        test = formats.check_of(name)
        return [] if test is None or test(text) else [problem]

    return check


FORMATS: Final[Mapping[str, NamedFormat]] = {
    "dns1123Label": NamedFormat("DNS1123Label", names.label_name),
    "dns1123Subdomain": NamedFormat("DNS1123Subdomain", names.subdomain_name),
    "dns1035Label": NamedFormat("DNS1035Label", names.dns1035_name),
    "qualifiedName": NamedFormat("QualifiedName", names.qualified_name),
    "dns1123LabelPrefix": NamedFormat("DNS1123LabelPrefix", lambda text: names.label_name(text, True)),
    "dns1123SubdomainPrefix": NamedFormat("DNS1123SubdomainPrefix", lambda text: names.subdomain_name(text, True)),
    "dns1035LabelPrefix": NamedFormat("DNS1035LabelPrefix", lambda text: names.dns1035_name(text, True)),
    "labelValue": NamedFormat("LabelValue", names.label_value),
    "uri": NamedFormat("URI", uri),
    "uuid": NamedFormat("uuid", known("uuid", "does not match the UUID format")),
    "byte": NamedFormat("byte", known("byte", "invalid base64")),
    "date": NamedFormat("date", known("date", "invalid date")),
    "datetime": NamedFormat("datetime", known("date-time", "invalid datetime")),
}


def named(name: str) -> Optional:
    return Optional(FORMATS[name]) if name in FORMATS else values.NONE


def validate(kind: NamedFormat, text: str) -> Optional:
    problems = kind.check(text)
    return Optional(list(problems)) if problems else values.NONE


def constants() -> Iterable[Overload]:
    for name, kind in FORMATS.items():
        yield function(f"format.{name}", f"format.{name}", "", KIND, lambda kind=kind: kind)


def escape_key(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")


NAMED_FORMATS: Final[tuple[Overload, ...]] = (
    *constants(),
    function("format.named", "format-named", "string", f"optional_type<{KIND}>", named),
    member("validate", "format-validate", f"{KIND}; string", "optional_type<list<string>>", validate),
)
PATCHES: Final[tuple[Overload, ...]] = (
    function("jsonpatch.escapeKey", "string_jsonpatch_escapeKey_string", "string", "string", escape_key),
)
