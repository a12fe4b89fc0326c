"""The points at which load balancers are reached, in the statuses of services and ingresses.

Mirrors ValidateLoadBalancerStatus of `pkg/apis/core/validation` and its twin in `pkg/apis/networking/validation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, networks
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
MODES = ("Proxy", "VIP")
NOT_AN_ADDRESS = "must be a DNS name, not an IP address"


def validate(status: Object, old: Object, path: str, *, with_mode: bool) -> checks.Found:
    """A status and what it replaces; `with_mode`: addresses say how traffic to them is sent on."""
    known = [ingress["ip"] for ingress in old.get("ingress") or () if ingress.get("ip")]
    for index, ingress in enumerate(status.get("ingress") or ()):
        at = f"{path}.ingress[{index}]"
        ip = ingress.get("ip") or ""
        if ip:
            yield from checks.ip_address(ip, f"{at}.ip", known=known)
        if with_mode:
            yield from validate_mode(ingress.get("ipMode"), ip, f"{at}.ipMode")
        if ingress.get("hostname"):
            yield from validate_hostname(ingress["hostname"], f"{at}.hostname")


def validate_mode(mode: str | None, ip: str, path: str) -> checks.Found:
    if mode is None:
        if ip:
            yield fielderrors.required(path, "must be specified when `ip` is set")
    elif not ip:
        yield fielderrors.forbidden(path, "may not be specified when `ip` is not set")
    else:
        yield from checks.one_of(mode, MODES, path)


def validate_hostname(name: str, path: str) -> checks.Found:
    yield from checks.text(name, names.dns1123_subdomain, path)
    if networks.parse(name) is not None:
        yield fielderrors.invalid(path, name, NOT_AN_ADDRESS)
