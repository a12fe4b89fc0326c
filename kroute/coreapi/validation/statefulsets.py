"""Stateful sets: workloads whose pods have names, places and claims of their own.

Mirrors the parts of `pkg/apis/apps/validation` about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import claimspecs, podspecs, ratcheting, rollouts, templates
from kroute.machinery import fielderrors, metavalidation, names

Object = Mapping[str, Any]

POLICIES = ("OrderedReady", "Parallel")
RETENTION = ("Retain", "Delete")
MUTABLE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip
ONLY_MUTABLE = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def validate(obj: Object) -> checks.Found:
    yield from validate_spec(obj.get("spec") or {}, None)


def validate_update(obj: Object, old: Object) -> checks.Found:
    """Most of the spec stays.  What was stored under older rules may be as it was."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    yield from validate_spec(spec, before)
    fixed = dict.fromkeys(MUTABLE)
    if not checks.same_fields({**spec, **fixed}, {**before, **fixed}):
        yield fielderrors.forbidden("spec", ONLY_MUTABLE)


def validate_spec(spec: Object, before: Object | None) -> checks.Found:
    policy = spec.get("podManagementPolicy")
    if not policy:
        yield fielderrors.required("spec.podManagementPolicy")
    elif policy not in POLICIES:
        yield fielderrors.invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
    yield from rollouts.validate_stateful_set(spec.get("updateStrategy") or {}, "spec.updateStrategy")
    retention = spec.get("persistentVolumeClaimRetentionPolicy")
    if retention is not None:
        for field in ("whenDeleted", "whenScaled"):
            at = f"spec.persistentVolumeClaimRetentionPolicy.{field}"
            yield from checks.one_of(retention.get(field) or "", RETENTION, at)
    if before is None:
        for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
            yield from claimspecs.validate(claim.get("spec") or {}, f"spec.volumeClaimTemplates[{index}].spec")
    yield from checks.non_negative(spec, "spec", "replicas", "minReadySeconds")
    yield from checks.non_negative(spec.get("ordinals") or {}, "spec.ordinals", "start")
    if before is None:
        yield from checks.optional_text(spec.get("serviceName"), names.dns1123_label, "spec.serviceName")
    yield from templates.validate_selector(spec.get("selector"), "spec.selector", "statefulset")
    selector = templates.compiled(spec.get("selector"))
    if selector is None:
        yield fielderrors.invalid("spec.selector", dict(spec["selector"]))
    else:
        yield from templates.validate_matching(spec, before, "spec")
        yield from validate_template(spec, before)
    yield from templates.validate_lasting(spec.get("template") or {}, "spec.template", "StatefulSet")


def validate_template(spec: Object, before: Object | None) -> checks.Found:
    """The template of the pods, which see the set's claims as volumes; one that was bad before may stay so."""
    template = spec.get("template") or {}
    if before is not None and any(podspecs.validate_template(with_claims(before), "")):
        metadata = template.get("metadata") or {}
        yield from checks.labels(metadata.get("labels"), "spec.template.labels")
        yield from metavalidation.validate_annotations(metadata.get("annotations"), "spec.template.annotations")
        return
    opts = ratcheting.for_update(None if before is None else before.get("template"))
    yield from podspecs.validate_template(with_claims(spec), "spec.template", opts)


def with_claims(spec: Object) -> Object:
    """The template with a volume for each claim that is made for a pod."""
    template, claims = spec.get("template") or {}, spec.get("volumeClaimTemplates") or ()
    if not claims:
        return template
    pod = template.get("spec") or {}
    made = [(claim.get("metadata") or {}).get("name") or "" for claim in claims]
    volumes = [volume for volume in pod.get("volumes") or () if volume.get("name") not in made]
    volumes += [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in made]
    return {**template, "spec": {**pod, "volumes": volumes}}


def validate_status(obj: Object, old: Object) -> checks.Found:
    status, before = obj.get("status") or {}, old.get("status") or {}
    counts = ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
    yield from checks.non_negative(status, "status", "replicas", *counts, "observedGeneration", "collisionCount")
    for field in counts:
        yield from checks.at_most(status, "status", field, "replicas", "cannot be greater than status.replicas")
    text = "cannot be greater than status.readyReplicas"
    yield from checks.at_most(status, "status", "availableReplicas", "readyReplicas", text)
    yield from checks.not_decremented(status, before, "status", "collisionCount")
