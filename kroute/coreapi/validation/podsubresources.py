"""What may change in a pod by its subresources: containers for debugging are added, resources are resized.

Mirrors ValidatePodEphemeralContainersUpdate and ValidatePodResize of `pkg/apis/core/validation`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks, diffs, internals, podresources, qos, semantics
from kroute.coreapi.validation import podannotations, pods, ratcheting
from kroute.machinery import fielderrors, goformat

Object = Mapping[str, Any]

RESIZABLE = ("cpu", "memory")
ONLY_RESIZABLE = "only cpu and memory resources are mutable"
ONLY_RESIZABLE_WHOLE = "only cpu and memory resources are mutable at pod-level"
ONLY_RESIZABLE_INITIAL = "only cpu and memory resources for init or sidecar containers are mutable"
INITIAL_RESTART = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized"


def validate_ephemeral_containers(obj: Object, old: Object) -> checks.Found:
    """Containers for debugging may be added; those that are there stay."""
    if podannotations.MIRROR in podannotations.of(old):
        yield fielderrors.forbidden("", "static pods do not support ephemeral containers")
        return
    opts = ratcheting.for_update(old, is_pod=True)
    yield from pods.validate_whole(obj, opts)
    yield from podannotations.validate_update(obj, old, opts)
    by_name = {
        container.get("name"): container for container in (obj.get("spec") or {}).get("ephemeralContainers") or ()
    }
    for container in (old.get("spec") or {}).get("ephemeralContainers") or ():
        name = goformat.quote(container.get("name") or "")
        new = by_name.get(container.get("name"))
        if new is None:
            text = f"existing ephemeral containers {name} may not be removed\n"
            yield fielderrors.forbidden("spec.ephemeralContainers", text)
            continue
        before, after = (internals.encode(each, "core.v1.EphemeralContainer") for each in (container, new))
        if not semantics.same(after, before):
            text = f"existing ephemeral containers {name} may not be changed\n{diffs.unified(before, after)}"
            yield fielderrors.forbidden("spec.ephemeralContainers", text)


def validate_resize(obj: Object, old: Object) -> checks.Found:
    """Amounts of cpu and memory may change, as long as the pod's class stays."""
    new_spec, old_spec = obj.get("spec") or {}, old.get("spec") or {}
    refusal = unresizable(old)
    if refusal:
        yield fielderrors.forbidden("", refusal)
        return
    found = list(pods.validate_whole(obj, ratcheting.for_update(old, is_pod=True)))
    if qos.class_of(old) != qos.compute(new_spec):
        value, text = (
            (obj.get("status") or {}).get("qosClass") or "",
            "Pod QOS Class may not change as a result of resizing",
        )
        found.append(fielderrors.invalid("spec", value, text))
    if not is_supported(old):
        found.append(fielderrors.forbidden("spec", "Pod running on node without support for resize"))
    found += validate_whole_resize(new_spec, old_spec)
    order = list(validate_order(new_spec, old_spec))
    if order:
        yield from (*found, *order)
        return
    for kind in ("initContainers", "containers"):
        for index, (new, before) in enumerate(pairs(new_spec, old_spec, kind)):
            found += validate_not_removed(new, before, f"spec.{kind}[{index}].resources")
    for new, before in pairs(new_spec, old_spec, "containers"):
        if not same_but_amounts(new, before):
            found.append(fielderrors.forbidden("spec", ONLY_RESIZABLE))
    for index, (new, before) in enumerate(pairs(new_spec, old_spec, "initContainers")):
        found += validate_initial(new, before, f"spec.initContainers[{index}]")
    if not found and not same_other_fields(new_spec, old_spec):
        found.append(fielderrors.forbidden("spec", ONLY_RESIZABLE))
    yield from found


def unresizable(old: Object) -> str:
    """Why a pod can't be resized at all."""
    if podannotations.MIRROR in podannotations.of(old):
        return "static pods cannot be resized"
    if ((old.get("spec") or {}).get("os") or {}).get("name") == "windows":
        return "windows pods cannot be resized"
    return ""


def is_supported(pod: Object) -> bool:
    """Whether the pod's node knows of resizing: then it says what a running container has."""
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        if (status.get("state") or {}).get("running") is not None:
            return status.get("resources") is not None
    return True


def validate_whole_resize(new: Object, old: Object) -> checks.Found:
    """Resources of the pod as a whole."""
    after, before = new.get("resources"), old.get("resources")
    if not amounts(after) and not amounts(before):
        return
    if before is not None and after is None:
        yield fielderrors.forbidden("spec.resources", "pod-level resources cannot be removed")
        return
    for what in ("requests", "limits"):
        if removed((after or {}).get(what) or {}, (before or {}).get(what) or {}):
            yield fielderrors.forbidden(f"spec.resources.{what}", f"pod-level resource {what} cannot be removed")
    if fixed_amounts(after or {}) != fixed_amounts(before or {}):
        yield fielderrors.forbidden("spec", ONLY_RESIZABLE_WHOLE)


def amounts(requirements: Object | None) -> bool:
    return bool(requirements and (requirements.get("requests") or requirements.get("limits")))


def validate_order(new: Object, old: Object) -> checks.Found:
    for kind in ("containers", "initContainers"):
        after, before = new.get(kind) or (), old.get(kind) or ()
        if len(after) != len(before):
            yield fielderrors.forbidden(f"spec.{kind}", f"{kind} may not be added or removed on resize")
            continue
        for index, (container, former) in enumerate(zip(after, before, strict=True)):
            if container.get("name") != former.get("name"):
                text = f"{kind} may not be renamed or reordered on resize"
                yield fielderrors.forbidden(f"spec.{kind}[{index}].name", text)


def pairs(new: Object, old: Object, kind: str) -> Collection[tuple[Object, Object]]:
    return list(zip(new.get(kind) or (), old.get(kind) or (), strict=True))


def validate_not_removed(new: Object, old: Object, path: str) -> checks.Found:
    after, before = new.get("resources") or {}, old.get("resources") or {}
    for what in ("requests", "limits"):
        if removed(after.get(what) or {}, before.get(what) or {}):
            yield fielderrors.forbidden(f"{path}.{what}", f"resource {what} cannot be removed")


def removed(new: Object, old: Object) -> bool:
    return any(name not in new for name in old)


def validate_initial(new: Object, old: Object, path: str) -> checks.Found:
    if not same_but_amounts(new, old):
        yield fielderrors.forbidden(path, ONLY_RESIZABLE_INITIAL)
    restarts = any(policy.get("restartPolicy") == "RestartContainer" for policy in new.get("resizePolicy") or ())
    if new != old and restarts and not podresources.is_sidecar(new):
        yield fielderrors.forbidden(path, INITIAL_RESTART)


def same_but_amounts(new: Object, old: Object) -> bool:
    """Whether two containers differ in nothing but amounts of cpu and memory."""
    if fixed_amounts(new.get("resources") or {}) != fixed_amounts(old.get("resources") or {}):
        return False
    return checks.same_fields({**new, "resources": None}, {**old, "resources": None})


def fixed_amounts(requirements: Object) -> dict[str, Any]:
    """The part of requirements that can't be resized."""
    out: dict[str, Any] = {
        what: {name: text for name, text in (requirements.get(what) or {}).items() if name not in RESIZABLE}
        for what in ("requests", "limits")
    }
    out["claims"] = requirements.get("claims") or []
    return out


def same_other_fields(new: Object, old: Object) -> bool:
    without = {"containers": None, "initContainers": None, "resources": None}
    return checks.same_fields({**new, **without}, {**old, **without})
