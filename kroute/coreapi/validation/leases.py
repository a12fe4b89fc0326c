"""Leases.  Mirrors `pkg/apis/coordination/validation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors

Object = Mapping[str, Any]


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    spec = obj.get("spec") or {}
    duration = spec.get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        yield fielderrors.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")
    yield from checks.non_negative(spec, "spec", "leaseTransitions")
