"""What is wrong with how a webhook is said to be reached: a URL or a service.

Mirrors `pkg/util/webhook/validation.go` of k8s.io/apiserver.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from urllib import parse

from kroute.machinery import fielderrors, names
from kroute.webhook import authorities

Object: TypeAlias = Mapping[str, Any]
Found: TypeAlias = Iterator[fielderrors.FieldError]
FORM = "; desired format: https://host[/path]"


def validate(config: Object, path: str) -> Found:
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        yield fielderrors.required(path, "exactly one of url or service is required")
    elif url is not None:
        yield from validate_url(url, f"{path}.url")
    else:
        yield from validate_service(service or {}, f"{path}.service")


def validate_url(url: str, path: str) -> Found:
    """HTTPS, a host, and at most a path."""
    try:
        parts = parse.urlsplit(url)
        parts.port  # noqa: B018 - parsed on access
    except ValueError as error:
        yield fielderrors.required(path, f"url must be a valid URL: {error}{FORM}")
        return
    if parts.scheme != "https":
        yield fielderrors.invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{FORM}")
    if not parts.netloc.rpartition("@")[2]:
        yield fielderrors.invalid(path, parts.netloc, f"host must be specified{FORM}")
    user = parts.netloc.rpartition("@")[0]
    if user:
        yield fielderrors.invalid(path, user, "user information is not permitted in the URL")
    if parts.fragment:
        yield fielderrors.invalid(path, parts.fragment, "fragments are not permitted in the URL")
    if parts.query:
        yield fielderrors.invalid(path, parts.query, "query parameters are not permitted in the URL")


def validate_service(service: Object, path: str) -> Found:
    for field, other in (("name", "namespace"), ("namespace", "name")):  # kube-apiserver takes one for the other
        if not service.get(other):
            yield fielderrors.required(f"{path}.{field}")
    port = service.get("port") or 0
    for wrong in names.port_number(port):
        yield fielderrors.invalid(f"{path}.port", port, f"port is not valid: {wrong}")
    if service.get("path") is not None:
        yield from validate_path(service["path"], f"{path}.path")


def validate_path(url_path: str, path: str) -> Found:
    """A path of one or more segments that are subdomains."""
    if url_path == "/" or not url_path:
        return
    if url_path == "//":
        yield fielderrors.invalid(path, url_path, "segment[0] may not be empty")
        return
    if not url_path.startswith("/"):
        yield fielderrors.invalid(path, url_path, "must start with a '/'")
    inner = url_path[1:].removesuffix("/")
    for index, segment in enumerate(inner.split("/")):
        if not segment:
            yield fielderrors.invalid(path, url_path, f"segment[{index}] may not be empty")
            continue
        for wrong in names.dns1123_subdomain(segment):
            yield fielderrors.invalid(path, url_path, f"segment[{index}]: {wrong}")


def validate_bundle(bundle: str, path: str) -> Found:
    """A bundle of certificates, as objects have it."""
    given = base64.b64decode(bundle)
    if given.strip():
        try:
            authorities.made(given)
        except authorities.BundleError as error:
            yield fielderrors.invalid(path, bundle, str(error))
