"""Claims of devices, templates of such claims, and classes of devices.  Mirrors `pkg/apis/resource/validation`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, internals, resourcenames, semantics
from kroute.coreapi.validation import claimspecs, devices, expressions
from kroute.machinery import fielderrors, labelselector, metavalidation, names

Object = Mapping[str, Any]
MOST_REQUESTS, MOST_ALTERNATIVES, MOST_CONSTRAINTS, MOST_CONFIGS = 32, 8, 32, 32
MODES = ("All", "ExactCount")
ONE_KIND = "exactly one of `exactly` or `firstAvailable` is required"
ONE_ATTRIBUTE = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
NO_REQUEST = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"


class Claims:
    """Checks claims, templates and classes; the compiler is for what selects devices."""

    def __init__(self, compiler: expressions.Compiler = expressions.UNCHECKED) -> None:
        self._compiler = compiler

    def validate(self, obj: Object) -> checks.Found:
        yield from self._spec(obj.get("spec") or {}, "spec", stored=False)

    def validate_update(self, obj: Object, old: Object) -> checks.Found:
        yield from validate_same_spec(obj, old, "resource.v1.ResourceClaimSpec")
        yield from self._spec(obj.get("spec") or {}, "spec", stored=True)

    def validate_template(self, obj: Object) -> checks.Found:
        """A ResourceClaimTemplate; of an update only sameness is asked."""
        spec = obj.get("spec") or {}
        metadata, at = spec.get("metadata") or {}, "spec.metadata"
        yield from metavalidation.validate_annotations(metadata.get("annotations"), f"{at}.annotations")
        yield from labelselector.validate_labels(metadata.get("labels"), f"{at}.labels")
        yield from checks.forbidden_fields(metadata, at, "cannot be set", *claimspecs.OTHER_METADATA)
        yield from self._spec(spec.get("spec") or {}, "spec.spec", stored=False)

    def validate_class(self, obj: Object, old: Object | None = None) -> checks.Found:
        """A DeviceClass."""
        spec, before = obj.get("spec") or {}, (old or {}).get("spec") or {}
        stored = old is not None and semantics.same(spec.get("selectors"), before.get("selectors"))
        yield from devices.validate_selectors(
            spec.get("selectors") or (), "spec.selectors", self._compiler, stored=stored
        )
        stored = old is not None and semantics.same(spec.get("config"), before.get("config"))
        check = functools.partial(devices.validate_configuration, stored=stored)
        yield from devices.validate_list(spec.get("config") or (), MOST_CONFIGS, check, "spec.config")
        name = spec.get("extendedResourceName")
        if name is not None and not resourcenames.is_extended(name):
            yield fielderrors.invalid("spec.extendedResourceName", name, "must be a valid extended resource name")

    def _spec(self, spec: Object, path: str, *, stored: bool) -> checks.Found:
        claim, at = spec.get("devices") or {}, f"{path}.devices"
        known = request_names(claim)
        request = functools.partial(self._request, stored=stored)
        requests = claim.get("requests") or ()
        yield from devices.validate_set(requests, MOST_REQUESTS, request, devices.name_of, f"{at}.requests")
        constraint = functools.partial(validate_constraint, known=known)
        constraints = claim.get("constraints") or ()
        yield from devices.validate_list(constraints, MOST_CONSTRAINTS, constraint, f"{at}.constraints")
        config = functools.partial(validate_config, known=known, stored=stored)
        yield from devices.validate_list(claim.get("config") or (), MOST_CONFIGS, config, f"{at}.config")

    def _request(self, request: Object, path: str, *, stored: bool) -> checks.Found:
        yield from devices.label(request.get("name") or "", f"{path}.name")
        exactly, alternatives = request.get("exactly"), request.get("firstAvailable")
        if exactly is None and not alternatives:
            yield fielderrors.required(path, ONE_KIND)
        elif exactly is not None and alternatives:
            yield fielderrors.invalid(path, None, f"{ONE_KIND}, but multiple fields are set")
        elif exactly is not None:
            yield from self._exact(exactly, f"{path}.exactly", stored=stored)
        else:
            check = functools.partial(self._alternative, stored=stored)
            at = f"{path}.firstAvailable"
            yield from devices.validate_set(alternatives or (), MOST_ALTERNATIVES, check, devices.name_of, at)

    def _alternative(self, request: Object, path: str, *, stored: bool) -> checks.Found:
        yield from devices.label(request.get("name") or "", f"{path}.name")
        yield from self._exact(request, path, stored=stored)

    def _exact(self, request: Object, path: str, *, stored: bool) -> checks.Found:
        at = f"{path}.deviceClassName"
        yield from checks.required_text(request.get("deviceClassName"), names.dns1123_subdomain, at)
        selectors = request.get("selectors") or ()
        yield from devices.validate_selectors(selectors, f"{path}.selectors", self._compiler, stored=stored)
        yield from validate_count(request, path)
        for index, toleration in enumerate(request.get("tolerations") or ()):
            yield from devices.validate_toleration(toleration, f"{path}.tolerations[{index}]")


def validate_count(request: Object, path: str) -> checks.Found:
    mode, count = request.get("allocationMode") or "", request.get("count") or 0
    if mode == "All":
        if count:
            text = "must not be specified when allocationMode is 'All'"
            yield fielderrors.invalid(f"{path}.count", count, text)
    elif mode == "ExactCount":
        yield from checks.positive(count, f"{path}.count")
    else:
        yield fielderrors.not_supported(f"{path}.allocationMode", mode, MODES)


def validate_constraint(constraint: Object, path: str, *, known: set[str]) -> checks.Found:
    """What several requested devices must have in common, or must not."""
    yield from validate_references(constraint.get("requests") or (), path, known=known)
    match, distinct = constraint.get("matchAttribute"), constraint.get("distinctAttribute")
    if match is not None:
        yield from devices.full_name(match, f"{path}.matchAttribute")
    elif distinct is not None:
        yield from devices.full_name(distinct, f"{path}.distinctAttribute")
    else:
        yield fielderrors.required(path, ONE_ATTRIBUTE)


def validate_config(config: Object, path: str, *, known: set[str], stored: bool) -> checks.Found:
    yield from validate_references(config.get("requests") or (), path, known=known)
    yield from devices.validate_configuration(config, path, stored=stored)


def validate_references(requests: Any, path: str, *, known: set[str]) -> checks.Found:
    check = functools.partial(validate_reference, known=known)
    yield from devices.validate_set(requests, MOST_REQUESTS, check, str, f"{path}.requests")


def validate_reference(name: str, path: str, *, known: set[str]) -> checks.Found:
    """The name of a request, or of one and of an alternative in it."""
    parts = name.split("/")
    if len(parts) <= 2:
        for part in parts:
            yield from devices.label(part, path)
    if name not in known:
        yield fielderrors.invalid(path, name, NO_REQUEST)


def request_names(claim: Object) -> set[str]:
    """What the requests of a claim can be called."""
    found = set()
    for request in claim.get("requests") or ():
        name = devices.name_of(request)
        found.add(name)
        found |= {f"{name}/{devices.name_of(part)}" for part in request.get("firstAvailable") or ()}
    return found


def validate_template_update(obj: Object, old: Object) -> checks.Found:
    yield from validate_same_spec(obj, old, "resource.v1.ResourceClaimTemplateSpec")


def validate_same_spec(obj: Object, old: Object, kind: str) -> checks.Found:
    """The spec of a claim or template never changes; `kind` is the Go type of the spec."""
    if not semantics.same(obj.get("spec"), old.get("spec")):
        yield fielderrors.invalid("spec", internals.encode(obj.get("spec"), kind), metavalidation.IMMUTABLE)
