"""How pods resolve names and what they are called: `dnsPolicy`, `dnsConfig`, `hostAliases`, `hostname`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
MOST_SERVERS, MOST_SEARCHES, LONGEST_SEARCHES = 3, 32, 2048
LONGEST_OVERRIDE = 64


def validate(spec: Object, path: str) -> checks.Found:
    """`dnsConfig` of the spec at `path`, which a policy of None needs."""
    config = spec.get("dnsConfig")
    at = f"{path}.dnsConfig"
    if spec.get("dnsPolicy") == "None":
        if config is None:
            yield fielderrors.required(at, "must provide `dnsConfig` when `dnsPolicy` is None")
            return
        if not config.get("nameservers"):
            text = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            yield fielderrors.required(f"{at}.nameservers", text)
            return
    if config:
        yield from validate_config(config, at)


def validate_config(config: Object, path: str) -> checks.Found:
    servers, searches = config.get("nameservers") or [], config.get("searches") or []
    if len(servers) > MOST_SERVERS:
        text = f"must not have more than {MOST_SERVERS} nameservers"
        yield fielderrors.invalid(f"{path}.nameservers", servers, text)
    for index, server in enumerate(servers):
        yield from checks.ip_address(server, f"{path}.nameservers[{index}]")
    if len(searches) > MOST_SEARCHES:
        text = f"must not have more than {MOST_SEARCHES} search paths"
        yield fielderrors.invalid(f"{path}.searches", searches, text)
    if names.size(" ".join(searches)) > LONGEST_SEARCHES:
        text = f"must not have more than {LONGEST_SEARCHES} characters (including spaces) in the search list"
        yield fielderrors.invalid(f"{path}.searches", searches, text)
    for index, search in enumerate(searches):
        if search != ".":
            rule = names.dns1123_subdomain_underscore
            yield from checks.text(search.removesuffix("."), rule, f"{path}.searches[{index}]")
    for index, option in enumerate(config.get("options") or ()):
        yield from checks.required(option.get("name"), f"{path}.options[{index}]", "must not be empty")


def validate_host_aliases(aliases: Collection[Object], path: str) -> checks.Found:
    for index, alias in enumerate(aliases):
        at = f"{path}[{index}]"
        yield from checks.ip_address(alias.get("ip") or "", f"{at}.ip")
        for number, name in enumerate(alias.get("hostnames") or ()):
            yield from checks.text(name, names.dns1123_subdomain, f"{at}.hostnames[{number}]")


def validate_hostname_override(spec: Object, path: str) -> checks.Found:
    """A host name of any form, which excludes other ways to set it."""
    name = spec.get("hostnameOverride")
    if name is None:
        return
    at = f"{path}.hostnameOverride"
    for field in ("setHostnameAsFQDN", "hostNetwork"):
        if spec.get(field):
            yield fielderrors.forbidden(at, f"may not be specified when {field} is true")
    if names.size(name) > LONGEST_OVERRIDE:
        yield fielderrors.too_long(at, LONGEST_OVERRIDE)
    yield from checks.text(name, names.dns1123_subdomain, at)
