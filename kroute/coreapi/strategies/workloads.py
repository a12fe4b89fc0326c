"""Workloads, as far as facts don't say how they behave: selectors of jobs, revisions of daemon sets' templates.

Mirrors `pkg/registry/batch/job`, `pkg/registry/apps/daemonset` and `pkg/registry/core/replicationcontroller`.
"""

from __future__ import annotations

from kroute.coreapi import semantics
from kroute.coreapi.filling import workloads
from kroute.coreapi.strategies import base
from kroute.machinery import context, objects

PREFIX = "batch.kubernetes.io/"
UID_LABEL, NAME_LABEL = "controller-uid", "job-name"


class Orphaning(base.BuiltIn):
    """Kinds whose pods stay by default when they go, as they did in the first version of their API."""

    def default_propagation_policy(self, ctx: context.RequestContext) -> str:
        return "Orphan"


class Jobs(Orphaning):
    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        if not (obj.get("spec") or {}).get("manualSelector"):
            select(obj)

    def canonicalize(self, obj: objects.Object) -> None:
        super().canonicalize(obj)
        # reading a stored job completes it, by which it gets the labels that were generated for its template
        workloads.job(obj)


class DaemonSets(base.BuiltIn):
    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        number(obj, max(revision(obj), 1))

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        new, before = (each.get("spec") or {} for each in (obj, old))
        number(obj, revision(old) + (not semantics.same(new.get("template"), before.get("template"))))


class DaemonSetStatus(base.Status):
    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        number(obj, revision(old))


def select(job: objects.Object) -> None:
    """Let a job select the pods that bear its uid, and its template bear uid and name.

    Labels that the client gave stay, for validation to refuse what is wrong with them."""
    spec, metadata = job["spec"], job["metadata"]
    template = spec.get("template")
    if template is None:
        template = spec["template"] = {}
    if template.get("metadata") is None:
        template["metadata"] = {}
    labels = dict(template["metadata"].get("labels") or {})
    for key, value in ((NAME_LABEL, metadata.get("name")), (UID_LABEL, metadata.get("uid"))):
        labels.setdefault(key, value or "")
        labels.setdefault(PREFIX + key, value or "")
    template["metadata"]["labels"] = dict(sorted(labels.items()))
    selector = spec["selector"] = dict(spec.get("selector") or {})
    own = {PREFIX + UID_LABEL: metadata.get("uid") or ""}
    selector["matchLabels"] = dict(sorted((own | (selector.get("matchLabels") or {})).items()))


def revision(daemon_set: objects.Object) -> int:
    """How often the template of a daemon set has changed, counting from 1; 0 when nobody has counted yet."""
    annotations = daemon_set["metadata"].get("annotations") or {}
    try:
        return int(annotations.get(workloads.TEMPLATE_REVISION) or 0)
    except ValueError:
        return 0


def number(daemon_set: objects.Object, wanted: int) -> None:
    metadata = daemon_set["metadata"]
    metadata["annotations"] = {**(metadata.get("annotations") or {}), workloads.TEMPLATE_REVISION: str(wanted)}
