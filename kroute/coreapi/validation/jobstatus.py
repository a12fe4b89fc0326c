"""The status of jobs: what controllers may write.

A rule is only applied when something changes that it is about, so that a status which is wrong already can still be
updated elsewhere.  Mirrors `pkg/apis/batch/validation` and the options of `pkg/registry/batch/job`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import jobindexes
from kroute.machinery import fielderrors, times

Object = Mapping[str, Any]

COUNTS = ("active", "succeeded", "failed", "ready", "terminating")
COMPLETE, FAILED, TARGET, MET = "Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"
FINISHED = (COMPLETE, FAILED)
CONDITIONS = "status.conditions"


class Change:
    """A new status beside the old one, and what has changed between them."""

    def __init__(self, obj: Object, old: Object) -> None:
        self.spec: Object = obj.get("spec") or {}
        self.new: Object = obj.get("status") or {}
        self.old: Object = old.get("status") or {}
        self.true = true_conditions(self.new)
        self.was_true = true_conditions(self.old)

    @property
    def finished(self) -> bool:
        return any(kind in self.true for kind in FINISHED)

    def turned(self, *conditions: str) -> bool:
        """Whether one of the conditions has become true or untrue."""
        return any((kind in self.true) != (kind in self.was_true) for kind in conditions)

    def changed(self, *fields: str) -> bool:
        return any(not checks.same(self.new.get(field), self.old.get(field)) for field in fields)

    @property
    def just_finished(self) -> bool:
        return self.finished != any(kind in self.was_true for kind in FINISHED)


def true_conditions(status: Object) -> set[str]:
    found = status.get("conditions") or ()
    return {condition.get("type") or "" for condition in found if condition.get("status") == "True"}


def validate(obj: Object, old: Object) -> checks.Found:
    """A status that replaces another."""
    change = Change(obj, old)
    yield from checks.non_negative(change.new, "status", *COUNTS)
    yield from validate_uncounted(change.new.get("uncountedTerminatedPods") or {}, "status.uncountedTerminatedPods")
    yield from validate_outcome(change)
    yield from validate_completion_time(change)
    yield from validate_end(change)
    yield from validate_indexes(change)
    yield from validate_pods(change)
    yield from validate_criteria(change)
    yield from validate_progress(change)


def validate_uncounted(uncounted: Object, path: str) -> checks.Found:
    """Pods that ended and are not yet counted: each once."""
    seen: set[str] = set()
    for kind in ("succeeded", "failed"):
        yield from validate_uids(uncounted.get(kind) or (), seen, f"{path}.{kind}")


def validate_uids(uids: Collection[str], seen: set[str], path: str) -> checks.Found:
    for index, uid in enumerate(uids):
        if not uid:
            yield fielderrors.invalid(f"{path}[{index}]", uid, "must not be empty")
        elif uid in seen:
            yield fielderrors.duplicate(f"{path}[{index}]", uid)
        seen.add(uid)


def refuse(text: str) -> fielderrors.FieldError:
    return fielderrors.invalid(CONDITIONS, fielderrors.OMITTED, text)


def validate_outcome(change: Change) -> checks.Found:
    true = change.true
    if change.turned(COMPLETE, FAILED) and {COMPLETE, FAILED} <= true:
        yield refuse("cannot set Complete=True and Failed=true conditions")
    if change.turned(COMPLETE, TARGET) and {COMPLETE, TARGET} <= true:
        yield refuse("cannot set Complete=True and FailureTarget=true conditions")


def validate_completion_time(change: Change) -> checks.Found:
    """Complete jobs, and no others, have a time of completion, which is not before the start."""
    done, start = change.new.get("completionTime"), change.new.get("startTime")
    path, complete = "status.completionTime", COMPLETE in change.true
    if change.turned(COMPLETE) or change.changed("completionTime"):
        if done is not None and not complete:
            text = "cannot set completionTime when there is no Complete=True condition"
            yield fielderrors.invalid(path, done, text)
        if done is None and complete:
            yield fielderrors.required(path, "completionTime is required for Complete jobs")
    if change.changed("startTime", "completionTime") and start and done and times.parse(done) < times.parse(start):
        yield fielderrors.invalid(path, done, "completionTime cannot be set before startTime")


def validate_end(change: Change) -> checks.Found:
    """How a job comes to its end, and what it has then."""
    true, new = change.true, change.new
    if change.turned(FAILED, TARGET) and FAILED in true and TARGET not in true:
        yield refuse("cannot set Failed=True condition without the FailureTarget=true condition")
    if change.turned(COMPLETE, MET) and COMPLETE in true and MET not in true:
        yield refuse("cannot set Complete=True condition without the SuccessCriteriaMet=true condition")
    active = new.get("active") or 0
    if (change.just_finished or change.changed("active")) and active > 0 and change.finished:
        yield fielderrors.invalid("status.active", active, "active>0 is invalid for finished job")
    empty = bool(change.spec.get("suspend")) and change.spec.get("completions") == 0
    started = change.just_finished or change.changed("startTime")
    if started and not empty and change.finished and new.get("startTime") is None:
        yield fielderrors.required("status.startTime", "startTime is required for finished job")
    uncounted = new.get("uncountedTerminatedPods") or {}
    counting = change.just_finished or change.changed("uncountedTerminatedPods")
    if counting and change.finished and (uncounted.get("failed") or uncounted.get("succeeded")):
        text = "uncountedTerminatedPods needs to be empty for finished job"
        yield fielderrors.invalid("status.uncountedTerminatedPods", dict(uncounted), text)


def validate_indexes(change: Change) -> checks.Found:
    """Lists of indexes, where the job has such."""
    completions = change.spec.get("completions")
    done, failed = change.new.get("completedIndexes") or "", change.new.get("failedIndexes")
    per_index = change.spec.get("backoffLimitPerIndex") is not None
    if completions is not None:
        if change.changed("completedIndexes"):
            yield from readable(done, completions, "completedIndexes")
        if change.changed("failedIndexes") and per_index and failed is not None:
            yield from readable(failed, completions, "failedIndexes")
    if change.changed("completedIndexes") and done and change.spec.get("completionMode") != "Indexed":
        text = "cannot set non-empty completedIndexes when non-indexed completion mode"
        yield fielderrors.invalid("status.completedIndexes", done, text)
    if change.changed("failedIndexes") and failed is not None and not per_index:
        text = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        yield fielderrors.invalid("status.failedIndexes", failed, text)
    if change.changed("failedIndexes", "completedIndexes") and completions is not None and failed:
        both = jobindexes.overlap(done, failed, completions)
        if both is not None:
            text = f"failedIndexes and completedIndexes overlap at index: {both}"
            yield fielderrors.invalid("status.failedIndexes", failed, text)


def readable(indexes: str, completions: int, field: str) -> checks.Found:
    try:
        jobindexes.count(indexes, completions)
    except jobindexes.BadIndexes as error:
        yield fielderrors.invalid(f"status.{field}", indexes, f"error parsing {field}: {error}")


def validate_pods(change: Change) -> checks.Found:
    terminating, ready = change.new.get("terminating") or 0, change.new.get("ready") or 0
    if (change.just_finished or change.changed("terminating")) and terminating > 0 and change.finished:
        yield fielderrors.invalid("status.terminating", terminating, "terminating>0 is invalid for finished job")
    if change.changed("ready", "active") and ready > (change.new.get("active") or 0):
        yield fielderrors.invalid("status.ready", ready, "cannot set more ready pods than active")


def validate_criteria(change: Change) -> checks.Found:
    true = change.true
    if {MET, FAILED} <= true:
        yield refuse("cannot set SuccessCriteriaMet=True and Failed=true conditions")
    if {MET, TARGET} <= true:
        yield refuse("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions")
    if change.spec.get("successPolicy") is not None and COMPLETE in true and MET not in true:
        yield refuse("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True")


def validate_progress(change: Change) -> checks.Found:
    """What has happened stays."""
    new, old = change.new, change.old
    for kind in (FAILED, COMPLETE, TARGET):
        if kind in change.was_true and kind not in change.true:
            yield refuse(f"cannot disable the terminal {kind}=True condition")
    elastic = change.spec.get("completionMode") == "Indexed" and change.spec.get("completions") == change.spec.get(
        "parallelism"
    )
    for field, counted in (("failed", True), ("succeeded", not elastic)):
        value = new.get(field) or 0
        if counted and value < (old.get(field) or 0):
            yield fielderrors.invalid(f"status.{field}", value, f"cannot decrease the {field} counter")
    done, start = new.get("completionTime"), old.get("startTime")
    if done is not None and old.get("completionTime") not in (None, done):
        yield fielderrors.invalid("status.completionTime", done, "completionTime cannot be mutated")
    if start is not None and new.get("startTime") != start and not change.spec.get("suspend"):
        yield fielderrors.required("status.startTime", "startTime cannot be removed for unsuspended job")
    if MET in change.was_true and MET not in change.true:
        yield refuse("cannot disable the SuccessCriteriaMet=True condition")
    if COMPLETE in change.was_true and MET not in change.was_true and MET in change.true:
        yield refuse("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions")
