"""Deployments, replica sets, daemon sets, replication controllers, and the revisions that controllers keep.

A validator takes the new object, and the old one if it is an update.
Mirrors `pkg/apis/apps/validation` and the parts of `pkg/apis/core/validation` about replication controllers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import rollouts, templates
from kroute.machinery import fielderrors, labels

Object = Mapping[str, Any]

MORE_THAN_ALL = "cannot be greater than status.replicas"
MORE_THAN_READY = "cannot be greater than readyReplicas"
UNREADABLE = "invalid label selector"
DAEMON_COUNTS = (
    "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "observedGeneration",
    "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "collisionCount",
)  # fmt: skip


def validate_deployment(obj: Object, old: Object | None = None) -> checks.Found:
    spec, before = obj.get("spec") or {}, spec_of(old)
    yield from checks.non_negative(spec, "spec", "replicas")
    yield from validate_replicas_of_template(spec, before)
    yield from rollouts.validate_deployment(spec.get("strategy") or {}, "spec.strategy")
    yield from checks.non_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= (spec.get("minReadySeconds") or 0):
        yield fielderrors.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
    yield from selector_stays(spec, before)


def validate_replica_set(obj: Object, old: Object | None = None) -> checks.Found:
    spec, before = obj.get("spec") or {}, spec_of(old)
    yield from selector_stays(spec, before)
    yield from checks.non_negative(spec, "spec", "replicas", "minReadySeconds")
    yield from validate_replicas_of_template(spec, before)


def spec_of(obj: Object | None) -> Object | None:
    return None if obj is None else obj.get("spec") or {}


def selector_stays(spec: Object, before: Object | None) -> checks.Found:
    if before is not None:
        yield from checks.immutable(spec, before, "spec", "selector")


def validate_replicas_of_template(spec: Object, before: Object | None) -> checks.Found:
    """The selector and the template of what keeps up a number of pods."""
    yield from templates.validate_selector(spec.get("selector"), "spec.selector", "deployment")
    yield from templates.validate_matching(spec, before, "spec", unreadable=UNREADABLE)
    if templates.compiled(spec.get("selector")) is not None:
        yield from templates.validate(spec, before, "spec")
        yield from templates.validate_lasting(spec.get("template") or {}, "spec.template", "ReplicaSet")


def validate_daemon_set(obj: Object, old: Object | None = None) -> checks.Found:
    spec, before = obj.get("spec") or {}, spec_of(old)
    yield from selector_stays(spec, before)
    selector = spec.get("selector")
    yield from checks.label_selector(selector, "spec.selector")
    ready = templates.compiled(selector)
    if ready is not None:
        old_template = (before or {}).get("template")
        yield from templates.validate_labels(ready, spec.get("template") or {}, old_template, "spec")
    if selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield fielderrors.invalid("spec.selector", dict(selector), "empty selector is invalid for daemonset")
    yield from templates.validate(spec, before, "spec")
    yield from templates.validate_lasting(spec.get("template") or {}, "spec.template", "DaemonSet")
    yield from checks.non_negative(spec, "spec", "minReadySeconds")
    yield from rollouts.validate_daemon_set(spec.get("updateStrategy") or {}, "spec.updateStrategy")
    yield from checks.non_negative(spec, "spec", "revisionHistoryLimit")


def validate_replication_controller(obj: Object, old: Object | None = None) -> checks.Found:
    spec, before = obj.get("spec") or {}, spec_of(old)
    selector, template = spec.get("selector") or {}, spec.get("template")
    yield from checks.non_negative(spec, "spec", "minReadySeconds")
    yield from checks.required(selector, "spec.selector")
    if spec.get("replicas") is None:
        yield fielderrors.required("spec.replicas")
    yield from checks.non_negative(spec, "spec", "replicas")
    if template is None:
        yield fielderrors.required("spec.template")
        return
    if selector:
        wanted = labels.Selector([labels.Requirement(key, labels.EQUALS, (value,)) for key, value in selector.items()])
        yield from templates.validate_labels(wanted, template, (before or {}).get("template"), "spec")
    yield from templates.validate(spec, before, "spec")
    yield from templates.validate_lasting(template, "spec.template", "ReplicationController")


def validate_deployment_status(obj: Object, old: Object) -> checks.Found:
    status, before = obj.get("status") or {}, old.get("status") or {}
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")
    yield from checks.non_negative(status, "status", "observedGeneration", *counts, "collisionCount")
    yield from validate_parts(status, "updatedReplicas", "readyReplicas", "availableReplicas")
    yield from checks.not_decremented(status, before, "status", "collisionCount")


def validate_replica_set_status(obj: Object, old: Object) -> checks.Found:
    """The status of a replica set or replication controller."""
    status = obj.get("status") or {}
    counts = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    yield from checks.non_negative(status, "status", *counts, "observedGeneration")
    yield from validate_parts(status, *counts[1:])


def validate_parts(status: Object, *fields: str) -> checks.Found:
    """No part of the replicas is more than all, and available ones are ready."""
    for field in fields:
        yield from checks.at_most(status, "status", field, "replicas", MORE_THAN_ALL)
    yield from checks.at_most(status, "status", "availableReplicas", "readyReplicas", MORE_THAN_READY)


def validate_daemon_set_status(obj: Object, old: Object) -> checks.Found:
    status, before = obj.get("status") or {}, old.get("status") or {}
    yield from checks.non_negative(status, "status", *DAEMON_COUNTS)
    yield from checks.not_decremented(status, before, "status", "collisionCount")


def validate_controller_revision(obj: Object, old: Object | None = None) -> checks.Found:
    """A revision's data never changes."""
    if obj.get("data") is None:
        yield fielderrors.required("data", "data is mandatory")
    yield from checks.non_negative(obj, "", "revision")
    if old is not None:
        yield from checks.immutable(obj, old, "", "data")
