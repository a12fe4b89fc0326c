"""Cells of the kinds that run pods: replicas, containers, selectors, the state of jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.coreapi import cells
from kroute.coreapi.cells import metadata
from kroute.machinery import labels, labelselector, objects, times
from kroute.storage import table

JOB_WORDS = ("Complete", "Failed", "Terminating", "Suspended", "FailureTarget", "SuccessCriteriaMet")


def pod_template(obj: Mapping[str, Any]) -> Mapping[str, Any]:
    """The pod template of a workload, of a cron job or of a PodTemplate."""
    spec = obj.get("spec") or {}
    if "jobTemplate" in spec:
        return pod_template(spec["jobTemplate"] or {})
    return obj.get("template") or spec.get("template") or {}


def containers(obj: objects.Object, now: float) -> Sequence[str]:
    """The names of the template's containers, and their images."""
    found = (pod_template(obj).get("spec") or {}).get("containers") or ()
    return ",".join(one.get("name", "") for one in found), ",".join(one.get("image") or "" for one in found)


def template_labels(obj: objects.Object, now: float) -> str:
    return set_of((pod_template(obj).get("metadata") or {}).get("labels"))


def node_selector(obj: objects.Object, now: float) -> str:
    return set_of((pod_template(obj).get("spec") or {}).get("nodeSelector"))


def selector(obj: objects.Object, now: float) -> str:
    return labelselector.shown((obj.get("spec") or {}).get("selector"))


def plain_selector(obj: objects.Object, now: float) -> str:
    """A selector that is a map of labels."""
    return set_of((obj.get("spec") or {}).get("selector"))


def deployment_selector(obj: objects.Object, now: float) -> str:
    try:
        return str(labelselector.compiled((obj.get("spec") or {}).get("selector")))
    except labels.SelectorError:
        return "<invalid>"


def cron_job_selector(obj: objects.Object, now: float) -> str:
    return selector((obj.get("spec") or {}).get("jobTemplate") or {}, now)


def pods_selected(obj: objects.Object, now: float) -> str:
    return labelselector.shown((obj.get("spec") or {}).get("podSelector") or {})


def set_of(found: Mapping[str, str] | None) -> str:
    """Labels as tables show them."""
    return ",".join(f"{key}={value}" for key, value in sorted((found or {}).items())) or cells.NONE


def ready(obj: objects.Object, now: float) -> str:
    """Ready replicas of those wanted."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    return f"{status.get('readyReplicas') or 0}/{spec.get('replicas') or 0}"


def job_status(obj: objects.Object, now: float) -> str:
    states: dict[str, Any] = {}
    for condition in (obj.get("status") or {}).get("conditions") or ():
        states.setdefault(condition.get("type"), condition.get("status"))
    if metadata.is_deleted(obj):
        states["Terminating"] = "True"
    return next((word for word in JOB_WORDS if states.get(word) == "True"), "Running")


def completions(obj: objects.Object, now: float) -> str:
    spec, succeeded = obj.get("spec") or {}, (obj.get("status") or {}).get("succeeded") or 0
    wanted, parallelism = spec.get("completions"), spec.get("parallelism") or 0
    if wanted is not None:
        return f"{succeeded}/{wanted}"
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def job_duration(obj: objects.Object, now: float) -> str:
    """How long the job took, or has taken until now."""
    status = obj.get("status") or {}
    started, completed = status.get("startTime"), status.get("completionTime")
    if not started:
        return ""
    if not completed:
        return table.age(started, now)
    return table.duration((times.parse(completed) - times.parse(started)).total_seconds())


def suspended(obj: objects.Object, now: float) -> str:
    found = (obj.get("spec") or {}).get("suspend")
    return cells.UNSET if found is None else str(bool(found))


def active(obj: objects.Object, now: float) -> int:
    return len((obj.get("status") or {}).get("active") or ())


def last_schedule(obj: objects.Object, now: float) -> str:
    found = (obj.get("status") or {}).get("lastScheduleTime")
    return table.age(found, now) if found else cells.NONE


def disruptions_bound(obj: objects.Object, now: float) -> Sequence[str]:
    """The two bounds of a disruption budget."""
    spec = obj.get("spec") or {}
    return tuple("N/A" if spec.get(key) is None else str(spec[key]) for key in ("minAvailable", "maxUnavailable"))
