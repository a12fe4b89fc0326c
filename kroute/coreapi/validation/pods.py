"""Pods: what a new one may hold, and what may change in one that is there.

Changes by subresources are in `podsubresources`, of the status in `podstatus`.
Mirrors ValidatePodCreate and ValidatePodUpdate of `pkg/apis/core/validation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, diffs, internals, semantics
from kroute.coreapi.validation import affinity, containers, options, podannotations, podspecs, ratcheting, tolerations
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]

UPDATABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
NO_TOKEN = "must not be specified when serviceAccountName is not set"


def validate_pod(obj: Object) -> checks.Found:
    """A new pod."""
    yield from validate_whole(obj, options.POD)
    spec = obj.get("spec") or {}
    if spec.get("ephemeralContainers"):
        yield fielderrors.forbidden("spec.ephemeralContainers", "cannot be set on create")
    if spec.get("nodeName") and spec.get("schedulingGates"):
        text = "cannot be set until all schedulingGates have been cleared"
        yield fielderrors.forbidden("spec.nodeName", text)
    yield from podannotations.validate_profiles(obj, "spec")


def validate_whole(obj: Object, opts: options.Options) -> checks.Found:
    """A pod by itself; metadata but for annotations is checked by the store."""
    metadata, spec, found = obj.get("metadata") or {}, obj.get("spec") or {}, podannotations.of(obj)
    yield from podannotations.validate(found, spec, "metadata.annotations", opts)
    name = metadata.get("name") or ""
    yield from podspecs.validate(spec, "spec", opts, name=name, is_mirror=podannotations.MIRROR in found)
    if not spec.get("serviceAccountName"):
        yield from validate_no_tokens(spec)
    yield from containers.validate_images(spec, "spec")


def validate_no_tokens(spec: Object) -> checks.Found:
    """Tokens of a service account need one."""
    for index, volume in enumerate(spec.get("volumes") or ()):
        for number, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
            if source.get("serviceAccountToken") is not None:
                at = f"spec.volumes[{index}].projected.sources[{number}].serviceAccountToken"
                yield fielderrors.forbidden(at, NO_TOKEN)


def validate_pod_update(obj: Object, old: Object) -> checks.Found:
    """A pod that replaces another."""
    opts = ratcheting.for_update(old, is_pod=True)
    yield from validate_whole(obj, opts)
    yield from podannotations.validate_update(obj, old, opts)
    new, before = obj.get("spec") or {}, old.get("spec") or {}
    for kind in ("containers", "initContainers"):
        after, former = new.get(kind) or (), before.get(kind) or ()
        yield from containers.validate_update(after, former, f"spec.{kind}")
        if len(after) != len(former):
            return
    found = list(validate_deadline(new.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")))
    yield from found
    if found and new.get("activeDeadlineSeconds") is not None:
        return
    yield from tolerations.validate_only_added(
        new.get("tolerations") or (), before.get("tolerations") or (), "spec.tolerations"
    )
    gates = new.get("schedulingGates") or ()
    yield from tolerations.validate_gates_only_deleted(
        gates, before.get("schedulingGates") or (), "spec.schedulingGates"
    )
    if new != before:
        yield from validate_fixed(new, before)


def validate_deadline(new: int | None, old: int | None) -> checks.Found:
    """A deadline may be set once and then only come nearer."""
    path = "spec.activeDeadlineSeconds"
    if new is None:
        if old is not None:
            yield fielderrors.invalid(path, None, "must not update from a positive integer to nil value")
    elif not 0 <= new <= checks.LARGEST_INT32:
        yield fielderrors.invalid(path, new, names.range_error(0, checks.LARGEST_INT32))
    elif old is not None and old < new:
        yield fielderrors.invalid(path, new, "must be less than or equal to previous value")


def validate_fixed(new: Object, old: Object) -> checks.Found:
    """All else in a pod's spec stays as it is, but for where a pod that waits may be scheduled."""
    new = with_old_parts(new, old)
    if old.get("schedulingGates"):
        yield from validate_node_selector(new.get("nodeSelector") or {}, old.get("nodeSelector") or {})
        yield from validate_node_affinity(new, old)
        put_back(new, old, "nodeSelector")
        put_back_node_affinity(new, old)
    before, after = (internals.encode(spec, "core.v1.PodSpec") for spec in (old, new))
    if not semantics.same(after, before):
        text = f"pod updates may not change fields other than {UPDATABLE}\n{diffs.unified(before, after)}"
        yield fielderrors.forbidden("spec", text)


def with_old_parts(new: Object, old: Object) -> dict[str, Any]:
    """A copy of the new spec with the old values of what may change."""
    out = dict(new)
    for kind in ("containers", "initContainers"):
        if kind in new:
            pairs = zip(new[kind] or (), old.get(kind) or (), strict=True)
            out[kind] = [{**one, "image": other.get("image")} for one, other in pairs] or None
    for field, value in old.items():  # decoding has dropped empty lists: those are what patches leave of a list
        if value and isinstance(value, list):
            out.setdefault(field, [])
    for field in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        put_back(out, old, field)
    period = old.get("terminationGracePeriodSeconds")
    if period is not None and period < 0 and new.get("terminationGracePeriodSeconds") == 1:
        out["terminationGracePeriodSeconds"] = period
    return out


def put_back(new: dict[str, Any], old: Object, field: str) -> None:
    if field in old:
        new[field] = old[field]
    else:
        new.pop(field, None)


def validate_node_selector(new: Mapping[str, str], old: Mapping[str, str]) -> checks.Found:
    if any(new.get(key) != value for key, value in old.items()):
        text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        yield fielderrors.invalid("spec.nodeSelector", dict(new) or None, text)


def validate_node_affinity(new: Object, old: Object) -> checks.Found:
    after = (new.get("affinity") or {}).get("nodeAffinity")
    before = (old.get("affinity") or {}).get("nodeAffinity")
    if after != before:
        yield from affinity.validate_only_additions(after, before, "spec.affinity.nodeAffinity")


def put_back_node_affinity(new: dict[str, Any], old: Object) -> None:
    before = (old.get("affinity") or {}).get("nodeAffinity")
    rules = {key: value for key, value in (new.get("affinity") or {}).items() if key != "nodeAffinity"}
    if before is not None:
        rules["nodeAffinity"] = before
    if rules or old.get("affinity") is not None:
        new["affinity"] = rules
    else:
        new.pop("affinity", None)


def validate_binding(obj: Object) -> checks.Found:
    """A binding of a pod to a node."""
    target = obj.get("target") or {}
    if target.get("kind"):
        yield from checks.one_of(target["kind"], ("Node", "<empty>"), "target.kind")
    yield from checks.required(target.get("name"), "target.name")


def validate_pod_template(obj: Object) -> checks.Found:
    """A PodTemplate."""
    yield from podspecs.validate_template(obj.get("template") or {}, "template")


def validate_pod_template_update(obj: Object, old: Object) -> checks.Found:
    opts = ratcheting.for_update(old.get("template"))
    yield from podspecs.validate_template(obj.get("template") or {}, "template", opts)
