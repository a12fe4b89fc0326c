"""What clients are warned of in workloads: names that are no good host names, and what their templates hold.

An update is warned about when it changes the spec.  Mirrors the strategies' WarningsOnCreate and WarningsOnUpdate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi.validation import claimspecs, podwarnings
from kroute.machinery import names

Object = Mapping[str, Any]
Warnings = Iterator[str]

MANY_COMPLETIONS, MANY_PODS = 100_000, 10_000
IN_PODS = "this is used in Pod names and hostnames, which can result in surprising behavior"
IN_HOSTNAME = "this is used in the Pod's hostname, which can result in surprising behavior"
MANY_INDEXES = (
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes "
    "might not be able to track completedIndexes when a big number of indexes fail"
)


def of_name(obj: Object, why: str) -> Warnings:
    wrong = names.dns1123_label(obj["metadata"].get("name") or "")
    if wrong:
        yield f"metadata.name: {why}; a DNS label is recommended: [{' '.join(wrong)}]"


def spec_changed(obj: Object, old: Object | None) -> bool:
    return old is None or obj["metadata"].get("generation") != old["metadata"].get("generation")


def of_pod(obj: Object, old: Object | None = None) -> Warnings:
    """Pods are updated too often, and seldom by people, to be looked at then."""
    if old is None:
        yield from of_name(obj, IN_HOSTNAME)
        yield from podwarnings.of_pod(obj)


def of_pod_template(obj: Object, old: Object | None = None) -> Warnings:
    yield from podwarnings.of_template(obj.get("template") or {}, "template")


def of_replicas(obj: Object, old: Object | None = None) -> Warnings:
    """Deployments, replica sets and replication controllers."""
    if old is None:
        yield from of_name(obj, IN_PODS)
    yield from of_template(obj, old)


def of_template(obj: Object, old: Object | None = None) -> Warnings:
    """Daemon sets have only a template to be warned of."""
    template = (obj.get("spec") or {}).get("template")
    if template is not None and spec_changed(obj, old):
        yield from podwarnings.of_template(template, "spec.template")


def of_stateful_set(obj: Object, old: Object | None = None) -> Warnings:
    if not spec_changed(obj, old):
        return
    yield from of_template(obj, old)
    spec = obj.get("spec") or {}
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        yield from claimspecs.warnings(claim.get("spec") or {}, f"spec.volumeClaimTemplates[{index}].spec")
    if (spec.get("revisionHistoryLimit") or 0) < 0:
        text = "a negative value retains all historical revisions; a value >= 0 is recommended"
        yield f"spec.revisionHistoryLimit: {text}"


def of_job(obj: Object, old: Object | None = None) -> Warnings:
    if old is None:
        yield from of_name(obj, IN_PODS)
    if spec_changed(obj, old):
        yield from of_job_spec(obj.get("spec") or {}, "spec")


def of_job_spec(spec: Object, path: str) -> Warnings:
    many = (spec.get("completions") or 0) > MANY_COMPLETIONS and (spec.get("parallelism") or 0) > MANY_PODS
    if spec.get("completionMode") == "Indexed" and many:
        yield MANY_INDEXES
    yield from podwarnings.of_template(spec.get("template") or {}, f"{path}.template")


def of_cron_job(obj: Object, old: Object | None = None) -> Warnings:
    spec = obj.get("spec") or {}
    if old is None:
        yield from of_name(obj, IN_PODS)
    if spec_changed(obj, old):
        yield from of_job_spec((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")
    if "TZ" in (spec.get("schedule") or ""):
        yield "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead"
