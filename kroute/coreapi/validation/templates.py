"""Templates of pods in workloads: they carry the labels that the workload selects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import podspecs, ratcheting
from kroute.machinery import fielderrors, labels, labelselector

Object = Mapping[str, Any]
MISMATCH = "`selector` does not match template `labels`"


def labels_of(template: Object) -> Mapping[str, str]:
    return (template.get("metadata") or {}).get("labels") or {}


def validate_selector(selector: Object | None, path: str, what: str) -> checks.Found:
    """A selector that a workload must have; `what` is the workload's name in messages."""
    if selector is None:
        yield fielderrors.required(path)
        return
    yield from labelselector.validate(selector, path)
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield fielderrors.invalid(path, dict(selector), f"empty selector is invalid for {what}")


def compiled(selector: Object | None) -> labels.Selector | None:
    """The selector ready for matching; None if it can't be read."""
    try:
        return labelselector.compiled(selector)
    except labels.SelectorError:
        return None


def validate_matching(spec: Object, old: Object | None, path: str, *, unreadable: str = "") -> checks.Found:
    """The template's labels are selected.  `unreadable` is said of selectors that can't be read, "" for nothing."""
    selector = compiled(spec.get("selector"))
    if selector is None:
        if unreadable:
            yield fielderrors.invalid(f"{path}.selector", dict(spec["selector"]), unreadable)
    elif not selector.everything:
        yield from validate_labels(selector, spec.get("template") or {}, (old or {}).get("template"), path)


def validate_labels(selector: labels.Selector, template: Object, old: Object | None, path: str) -> checks.Found:
    found = labels_of(template)
    if not selector.matches(found):
        none: dict[str, str] | None = {} if old is not None and labels_of(old) else None  # taken away, or never there
        yield fielderrors.invalid(f"{path}.template.metadata.labels", dict(found) or none, MISMATCH)


def validate(spec: Object, old: Object | None, path: str) -> checks.Found:
    """The template of a spec at `path`, which may replace that of an `old` spec."""
    opts = ratcheting.for_update(None if old is None else old.get("template"))
    yield from podspecs.validate_template(spec.get("template") or {}, f"{path}.template", opts)


def validate_lasting(template: Object, path: str, what: str) -> checks.Found:
    """Pods of services run on: they are always restarted and have no deadline."""
    pod = template.get("spec") or {}
    yield from checks.one_of(pod.get("restartPolicy") or "", ("Always",), f"{path}.spec.restartPolicy")
    text = f"activeDeadlineSeconds in {what} is not Supported"
    yield from checks.forbidden_fields(pod, f"{path}.spec", text, "activeDeadlineSeconds")
