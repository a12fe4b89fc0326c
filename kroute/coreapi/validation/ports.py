"""Ports of containers, and which of them meet on the host."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
PROTOCOLS = ("SCTP", "TCP", "UDP")


def validate(ports: Collection[Object], path: str) -> checks.Found:
    """The ports of one container."""
    seen: set[str] = set()
    for index, port in enumerate(ports):
        at = f"{path}[{index}]"
        if port.get("name"):
            yield from validate_name(port["name"], seen, f"{at}.name")
        number = port.get("containerPort") or 0
        if number:
            yield from checks.port(number, f"{at}.containerPort")
        else:
            yield fielderrors.required(f"{at}.containerPort")
        if port.get("hostPort"):
            yield from checks.port(port["hostPort"], f"{at}.hostPort")
        yield from checks.required_one_of(port.get("protocol"), PROTOCOLS, f"{at}.protocol")


def validate_name(name: str, seen: set[str], path: str) -> checks.Found:
    wrong = names.port_name(name)
    for text in wrong:
        yield fielderrors.invalid(path, name, text)
    if name in seen:
        yield fielderrors.duplicate(path, name)
    elif not wrong:
        seen.add(name)


def validate_host_ports(containers: Collection[Object], path: str) -> checks.Found:
    """A port of the host belongs to one port of the containers."""
    seen = set()
    for index, container in enumerate(containers):
        for number, port in enumerate(container.get("ports") or ()):
            host_port = port.get("hostPort")
            if not host_port:
                continue
            key = f"{port.get('protocol') or ''}/{port.get('hostIP') or ''}/{host_port}"
            if key in seen:
                yield fielderrors.duplicate(f"{path}[{index}].ports[{number}].hostPort", key)
            seen.add(key)


def validate_host_network(spec: Object, path: str, *, is_pod: bool) -> checks.Found:
    """On the host's network a port is the host's port; a template may leave that open."""
    if not spec.get("hostNetwork"):
        return
    for index, container in enumerate(spec.get("containers") or ()):
        for number, port in enumerate(container.get("ports") or ()):
            host_port = port.get("hostPort") or 0
            if (is_pod or host_port) and host_port != port.get("containerPort"):
                text = "must match `containerPort` when `hostNetwork` is true"
                yield fielderrors.invalid(f"{path}.containers[{index}].ports[{number}].hostPort", host_port, text)
