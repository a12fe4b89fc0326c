"""Ingresses: what they may hold, and what an update may keep that was good once.

Mirrors ValidateIngressCreate, ValidateIngressUpdate and ValidateIngressStatusUpdate of
`pkg/apis/networking/validation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi import checks, networks
from kroute.coreapi.validation import loadbalancers, references
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
CLASS = "kubernetes.io/ingress.class"
EXACT, PREFIX, OWN_WAY = "Exact", "Prefix", "ImplementationSpecific"
PATH_TYPES = (EXACT, OWN_WAY, PREFIX)
BAD_PARTS = ("//", "/./", "/../", "%2f", "%2F")
BAD_ENDS = ("/..", "/.")


def validate(obj: Object) -> checks.Found:
    """A new ingress."""
    spec, annotations = obj.get("spec") or {}, (obj.get("metadata") or {}).get("annotations") or {}
    yield from validate_spec(spec, "spec")
    name = spec.get("ingressClassName")
    if CLASS in annotations and name is not None and annotations[CLASS] != name:
        text = "must match `ingressClassName` when both are specified"
        yield fielderrors.invalid(f"annotations.{CLASS}", annotations[CLASS], text)


def validate_update(obj: Object, old: Object) -> checks.Found:
    before = old.get("spec") or {}
    bad_secrets = any(any(names.dns1123_subdomain(tls["secretName"])) for tls in named_secrets(before))
    wildcards = (rule for rule in before.get("rules") or () if "*" in (rule.get("host") or ""))
    bad_wildcards = any(any(validate_http(rule.get("http"), "")) for rule in wildcards)
    yield from validate_spec(obj.get("spec") or {}, "spec", bad_secrets=bad_secrets, bad_wildcards=bad_wildcards)


def validate_status_update(obj: Object, old: Object) -> checks.Found:
    status, before = ((each.get("status") or {}).get("loadBalancer") or {} for each in (obj, old))
    yield from loadbalancers.validate(status, before, "status.loadBalancer", with_mode=False)


def named_secrets(spec: Object) -> Iterator[Object]:
    return (tls for tls in spec.get("tls") or () if tls.get("secretName"))


def validate_spec(spec: Object, path: str, *, bad_secrets: bool = False, bad_wildcards: bool = False) -> checks.Found:
    """The spec; what was bad already in secrets' names and in rules for wildcards may stay so."""
    backend = spec.get("defaultBackend")
    if not spec.get("rules") and backend is None:
        yield fielderrors.invalid(path, None, "either `defaultBackend` or `rules` must be specified")
    if backend is not None:
        yield from validate_backend(backend, f"{path}.defaultBackend")
    for index, rule in enumerate(spec.get("rules") or ()):
        yield from validate_rule(rule, f"{path}.rules[{index}]", bad_wildcards=bad_wildcards)
    for index, tls in enumerate(spec.get("tls") or ()):
        at = f"{path}.tls[{index}]"
        for number, host in enumerate(tls.get("hosts") or ()):
            yield from checks.text(host, host_rule(host), f"{at}.hosts[{number}]")
        if not bad_secrets:
            yield from checks.optional_text(tls.get("secretName"), names.dns1123_subdomain, f"{at}.secretName")
    if spec.get("ingressClassName") is not None:
        yield from checks.text(spec["ingressClassName"], names.dns1123_subdomain, f"{path}.ingressClassName")


def host_rule(host: str) -> checks.Rule:
    return names.wildcard_subdomain if "*" in host else names.dns1123_subdomain


def validate_rule(rule: Object, path: str, *, bad_wildcards: bool) -> checks.Found:
    host = rule.get("host") or ""
    if host:
        if networks.parse(host) is not None:
            yield fielderrors.invalid(f"{path}.host", host, loadbalancers.NOT_AN_ADDRESS)
        yield from checks.text(host, host_rule(host), f"{path}.host")
    if not ("*" in host and bad_wildcards):
        yield from validate_http(rule.get("http"), path)


def validate_http(http: Object | None, path: str) -> checks.Found:
    """Paths of a rule at `path`, if it has any."""
    if http is None:
        return
    at = f"{path}.http.paths"
    yield from checks.required(http.get("paths"), at)
    for index, each in enumerate(http.get("paths") or ()):
        yield from validate_path(each, f"{at}[{index}]")


def validate_path(each: Object, path: str) -> checks.Found:
    kind, value, at = each.get("pathType"), each.get("path") or "", f"{path}.path"
    if kind is None:
        yield fielderrors.required(f"{path}.pathType", "pathType must be specified")
        return
    if kind not in PATH_TYPES:
        yield fielderrors.not_supported(f"{path}.pathType", kind, PATH_TYPES)
    elif not value.startswith("/") and (value or kind != OWN_WAY):
        yield fielderrors.invalid(at, value, "must be an absolute path")
    if kind in (EXACT, PREFIX):
        for part in BAD_PARTS:
            if part in value:
                yield fielderrors.invalid(at, value, f"must not contain '{part}'")
        for end in BAD_ENDS:
            if value.endswith(end):
                yield fielderrors.invalid(at, value, f"cannot end with '{end}'")
    yield from validate_backend(each.get("backend") or {}, f"{path}.backend")


def validate_backend(backend: Object, path: str) -> checks.Found:
    """Where requests go: a service or another object."""
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        yield fielderrors.invalid(path, "", "cannot set both resource and service backends")
    elif resource is not None:
        yield from references.validate(resource, f"{path}.resource")
    elif service is not None:
        yield from checks.required_text(service.get("name"), names.dns1123_label, f"{path}.service.name")
        yield from validate_port(service.get("port") or {}, path)
    else:
        yield fielderrors.invalid(path, "", "resource or service backend is required")


def validate_port(port: Object, path: str) -> checks.Found:
    """The port of the service of the backend at `path`."""
    name, number = port.get("name") or "", port.get("number") or 0
    if name and number:
        yield fielderrors.invalid(path, "", "cannot set both port name & port number")
    elif name:
        yield from checks.text(name, names.port_name, f"{path}.service.port.name")
    elif number:
        yield from checks.port(number, f"{path}.service.port.number")
    else:
        yield fielderrors.required(path, "port name or number is required")


def warnings(obj: Object, old: Object | None = None) -> Iterator[str]:
    """What clients are told about an ingress that they create."""
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    named = (obj.get("spec") or {}).get("ingressClassName") is not None
    if old is None and CLASS in annotations and not named:
        yield f"annotation \"{CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"


def status_warnings(obj: Object) -> Iterator[str]:
    """What clients are told about a status that they write."""
    status = (obj.get("status") or {}).get("loadBalancer") or {}
    for index, ingress in enumerate(status.get("ingress") or ()):
        if ingress.get("ip"):
            yield from networks.address_warnings(ingress["ip"], f"status.loadBalancer.ingress[{index}].ip")
