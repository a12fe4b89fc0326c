"""Classes of ingresses.  Mirrors ValidateIngressClass of `pkg/apis/networking/validation`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import references
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
CLUSTER, NAMESPACE = "Cluster", "Namespace"
LONGEST_CONTROLLER = 250
HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
NO_PREFIX = 'must be a domain-prefixed path (such as "acme.io/foo")'


def validate(obj: Object) -> checks.Found:
    spec = obj.get("spec") or {}
    controller, path = spec.get("controller") or "", "spec.controller"
    if controller:
        if names.size(controller) > LONGEST_CONTROLLER:
            yield fielderrors.too_long(path, LONGEST_CONTROLLER)
        yield from validate_prefixed_path(controller, path)
    else:
        yield fielderrors.required(path)
    if spec.get("parameters") is not None:
        yield from validate_parameters(spec["parameters"], "spec.parameters")


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from checks.immutable(obj.get("spec") or {}, old.get("spec") or {}, "spec", "controller")
    yield from validate(obj)


def validate_prefixed_path(value: str, path: str) -> checks.Found:
    """A domain and, behind a slash, a path."""
    host, _, rest = value.partition("/")
    if not host or not rest:
        yield fielderrors.invalid(path, value, NO_PREFIX)
        return
    yield from (fielderrors.invalid(path, host, wrong) for wrong in names.dns1123_subdomain(host))
    if not re.fullmatch(HTTP_PATH, rest):
        yield fielderrors.invalid(path, rest, names.regex_error("Invalid path", HTTP_PATH))


def validate_parameters(parameters: Object, path: str) -> checks.Found:
    """A reference to an object that has a namespace exactly when its scope says so."""
    yield from references.validate(parameters, path)
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    at = f"{path}.namespace"
    if scope is None:
        yield fielderrors.required(f"{path}.scope")
    elif scope == NAMESPACE:
        if namespace is None:
            yield fielderrors.required(at, "`parameters.scope` is set to 'Namespace'")
        else:
            yield from checks.text(namespace, names.dns1123_label, at)
    elif scope != CLUSTER:
        yield fielderrors.not_supported(f"{path}.scope", scope, (CLUSTER, NAMESPACE))
    elif namespace is not None:
        yield fielderrors.forbidden(at, "`parameters.scope` is set to 'Cluster'")
