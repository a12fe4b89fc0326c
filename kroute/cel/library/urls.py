"""URLs.  Mirrors `k8s.io/apiserver/pkg/cel/library/urls.go`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from kroute.cel.library.overloads import Overload, function, member
from kroute.cel.values import EvaluationError
from kroute.machinery import goformat
from kroute.schema import formats

CONTROLS: Final = frozenset(map(chr, (*range(0x20), 0x7F)))
IN_PATH: Final = "/$&+,:;=@-_.~!'()*%[]"


@dataclass(frozen=True, slots=True)
class URL:
    """A URL in its parts; `host` has the port."""

    text: str
    scheme: str
    host: str
    path: str
    query: str

    cel_type = "kubernetes.URL"

    @property
    def hostname(self) -> str:
        if self.host.startswith("["):
            return self.host[1:].partition("]")[0]
        return self.host.partition(":")[0]

    @property
    def port(self) -> str:
        return self.host.rpartition("]")[2].partition(":")[2]


def parse(text: str) -> URL:
    if not formats.is_uri(text):
        raise EvaluationError(f"URL parse error during conversion from string: {reason(text)}")
    try:
        found = urlsplit(text)
    except ValueError:
        raise EvaluationError(f"URL parse error during conversion from string: {reason(text)}") from None
    opaque = bool(found.scheme) and not found.netloc and not found.path.startswith("/")
    path = "" if opaque else quote(found.path, safe=IN_PATH)
    return URL(text, found.scheme, found.netloc.rpartition("@")[2], path, found.query)


def reason(text: str) -> str:
    """Why Go's url.ParseRequestURI doesn't take a text."""
    shown = f"parse {goformat.quote(text)}"
    if not text:
        return f"{shown}: empty url"
    if CONTROLS & set(text):
        return f"{shown}: net/url: invalid control character in URL"
    if text.startswith(":"):
        return f"{shown}: missing protocol scheme"
    return f"{shown}: invalid URI for request"


def query(url: URL) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in parse_qsl(url.query, keep_blank_values=True):
        found.setdefault(key, []).append(value)
    return found


URLS: Final[tuple[Overload, ...]] = (
    function("url", "string_to_url", "string", URL.cel_type, parse),
    function("isURL", "is_url_string", "string", "bool", formats.is_uri),
    member("getScheme", "url_get_scheme", URL.cel_type, "string", lambda url: url.scheme),
    member("getHost", "url_get_host", URL.cel_type, "string", lambda url: url.host),
    member("getHostname", "url_get_hostname", URL.cel_type, "string", lambda url: url.hostname),
    member("getPort", "url_get_port", URL.cel_type, "string", lambda url: url.port),
    member("getEscapedPath", "url_get_escaped_path", URL.cel_type, "string", lambda url: url.path),
    member("getQuery", "url_get_query", URL.cel_type, "map<string, list<string>>", query),
)
