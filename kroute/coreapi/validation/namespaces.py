"""Namespaces and their finalizers.  Mirrors ValidateNamespace of `pkg/apis/core/validation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, metavalidation

Object = Mapping[str, Any]
FINALIZERS = "spec.finalizers"


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    for finalizer in (obj.get("spec") or {}).get("finalizers") or ():
        yield from validate_finalizer(finalizer, FINALIZERS)


def validate_finalize(obj: Object, old: Object) -> checks.Found:
    """An update by `namespaces/finalize`."""
    for index, finalizer in enumerate((obj.get("spec") or {}).get("finalizers") or ()):
        yield from validate_finalizer(finalizer, f"{FINALIZERS}[{index}]")


def validate_finalizer(finalizer: str, path: str) -> checks.Found:
    """A qualified name, or one of Kubernetes' own."""
    yield from metavalidation.validate_finalizers([finalizer], path)
    yield from metavalidation.validate_kube_finalizer(finalizer, path)


def validate_status(obj: Object, old: Object) -> checks.Found:
    phase = (obj.get("status") or {}).get("phase") or ""
    deleted = bool(obj["metadata"].get("deletionTimestamp"))
    wanted, why = ("Terminating", "is not empty") if deleted else ("Active", "is empty")
    if phase != wanted:
        yield fielderrors.invalid("status.Phase", phase, f"may only be '{wanted}' if `deletionTimestamp` {why}")
