"""`pods/binding`: how a scheduler assigns a pod to a node.

Mirrors BindingREST of `pkg/registry/core/pod/storage`.
"""

from __future__ import annotations

from kroute.coreapi.storages import cases, podconditions
from kroute.coreapi.validation import pods
from kroute.kinds import mounting
from kroute.machinery import context, errors, fielderrors, gvk, objects
from kroute.storage import before, capabilities, core, guaranteed, options, stored

KIND = gvk.GroupVersionKind("", "v1", "Binding")
RESOURCE = gvk.GroupResource("", "pods/binding")
SUCCESS: objects.Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}


class Binding:
    """`core` is that of the pods."""

    kind = KIND

    def __init__(self, at: core.Core) -> None:
        self._pods = at

    async def create_named(
        self,
        ctx: context.RequestContext,
        name: str,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        if name != obj["metadata"].get("name", ""):
            raise errors.BadRequest("name in URL does not match name in Binding object")
        await bind(self._pods, ctx, obj, validate=validate, wanted=options)
        return dict(SUCCESS)


async def bind(
    at: core.Core,
    ctx: context.RequestContext,
    binding: objects.Object,
    *,
    validate: capabilities.Validate,
    wanted: options.WriteOptions,
) -> None:
    """Assign the pod of the binding's name.  Raises NotFound, Conflict, and Plain for a binding that is none."""
    problems = list(pods.validate_binding(binding))
    if problems:
        raise errors.Plain(fielderrors.aggregate(problems))
    await validate(binding, None)
    metadata = binding["metadata"]
    name = metadata["name"]

    async def change(there: stored.Stored | None) -> objects.Object:
        assert there is not None
        problem = unassignable(there.obj)
        if problem:
            raise errors.Conflict.of(RESOURCE, name, f"pod {name} {problem}")
        return assigned(there.obj, binding, before.as_text(at.clock.now()))

    preconditions = options.Preconditions(metadata.get("uid") or None, metadata.get("resourceVersion") or None)
    await guaranteed.update(at, name, at.key(ctx, name), change, preconditions=preconditions, dry_run=wanted.dry_run)


def unassignable(pod: objects.Object) -> str:
    """Why a pod can't be assigned; "" for one that can."""
    spec = pod.get("spec") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return "is being deleted, cannot be assigned to a host"
    if spec.get("nodeName"):
        return f'is already assigned to node "{spec["nodeName"]}"'
    return "has non-empty .spec.schedulingGates" if spec.get("schedulingGates") else ""


def assigned(pod: objects.Object, binding: objects.Object, now: str) -> objects.Object:
    """The pod on the binding's node, with the binding's annotations, and those of its labels that are new."""
    metadata, given = dict(pod["metadata"]), binding["metadata"]
    if given.get("annotations"):
        metadata["annotations"] = {**(metadata.get("annotations") or {}), **given["annotations"]}
    if given.get("labels"):
        metadata["labels"] = {**given["labels"], **(metadata.get("labels") or {})}
    obj = {**pod, "metadata": metadata, "spec": {**pod["spec"], "nodeName": binding["target"]["name"]}}
    podconditions.put(obj, {"type": "PodScheduled", "status": "True"}, now)
    return obj


def binding(case: cases.Case) -> mounting.Mount:
    return case.foreign(Binding(case.store.core), "binding", KIND)
