"""Runtime classes: how containers are run, and what that costs.  Mirrors `pkg/apis/node/validation`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import nodelabels, options, resources, tolerations
from kroute.machinery import metavalidation, names

Object = Mapping[str, Any]


def validate(obj: Object) -> checks.Found:
    yield from checks.required_text(obj.get("handler"), names.dns1123_label, "handler")
    overhead = obj.get("overhead")
    if overhead is not None:
        limits = {"limits": overhead.get("podFixed") or {}}
        yield from resources.validate_containers(limits, (), "overhead", options.TEMPLATE)
    scheduling = obj.get("scheduling")
    if scheduling is not None:
        yield from checks.labels(scheduling.get("nodeSelector"), "scheduling.nodeSelector")
        yield from tolerations.validate(scheduling.get("tolerations") or (), "scheduling.tolerations")


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from metavalidation.validate_immutable(obj.get("handler") or "", old.get("handler") or "", "handler")


def warnings(obj: Object, old: Object | None = None) -> Iterator[str]:
    """What clients are told about labels of nodes that have new names."""
    for key in (obj.get("scheduling") or {}).get("nodeSelector") or ():
        if key in nodelabels.OLD:
            yield f"scheduling.nodeSelector: {nodelabels.OLD[key]}"
