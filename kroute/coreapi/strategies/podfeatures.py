"""Fields of pods that the API has, but a server leaves out while the features they belong to are off, as they are by
default. What an object has already stays in it.

Mirrors `dropDisabledFields` of `pkg/api/pod`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kroute.machinery import objects

SPEC: Final = ("schedulingGroup",)
"""Of a pod's spec."""

PROJECTED: Final = ("clusterTrustBundle", "podCertificate")
"""Of a source of a projected volume."""

AT: Final = {
    "pods": ("spec",),
    "podtemplates": ("template", "spec"),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        (
            "replicationcontrollers",
            "daemonsets.apps",
            "deployments.apps",
            "replicasets.apps",
            "statefulsets.apps",
            "jobs.batch",
        ),
        ("spec", "template", "spec"),
    ),
}
"""Where the spec of a pod is, by resource."""


def drop(spec: Any, old: Any) -> None:
    """Leave out of the spec of a pod what belongs to features that are off, unless the spec before (or None) used
    them."""
    if not isinstance(spec, dict):
        return
    before = old if isinstance(old, dict) else {}
    for field in SPEC:
        if field in spec and before.get(field) is None:
            del spec[field]
    if not spec.get("volumes"):
        return
    for field in PROJECTED:
        if not any(source.get(field) is not None for source in projected(before)):
            for source in projected(spec):
                source.pop(field, None)


def projected(spec: objects.Object) -> Iterator[objects.Object]:
    """The sources of the projected volumes of a pod."""
    for volume in spec.get("volumes") or ():
        yield from (volume.get("projected") or {}).get("sources") or ()
