"""Guards a server without TLS, which takes everybody for an administrator, against web pages in a local browser.

A page from elsewhere can have the browser send requests to this machine; such requests name another host, or come
with another origin, and are refused.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from kroute.machinery import errors
from kroute.server import exchange


def local() -> exchange.Filter:
    def guard(current: exchange.Exchange) -> None:
        headers = current.request.headers
        origin = headers.get("Origin")
        foreign = origin is not None and not loopback(urlsplit(origin).netloc)
        if foreign or not loopback(headers.get("Host", "")):
            raise errors.Forbidden("forbidden: without TLS only requests to this machine's own address are served")

    return exchange.Filter(check=guard)


def loopback(netloc: str) -> bool:
    """Whether `host` or `host:port` is this machine."""
    if netloc.startswith("127.0.0.1"):  # what nearly every request says
        return netloc[9:10] in ("", ":")
    try:
        host = urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
