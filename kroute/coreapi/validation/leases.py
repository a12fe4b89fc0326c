"""Leases.  Mirrors `pkg/apis/coordination/validation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks

Object = Mapping[str, Any]


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    spec = obj.get("spec") or {}
    if spec.get("leaseDurationSeconds") is not None:
        yield from checks.positive(spec["leaseDurationSeconds"], "spec.leaseDurationSeconds")
    yield from checks.non_negative(spec, "spec", "leaseTransitions")
