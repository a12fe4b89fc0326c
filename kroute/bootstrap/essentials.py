"""The objects that every cluster begins with: namespaces, priority classes, flow control, the ServiceCIDR.

Mirrors `controller/systemnamespaces`, `controller/defaultservicecidr` and `controller/legacytokentracking` of
`k8s.io/kubernetes/pkg/controlplane`, `pkg/registry/scheduling/rest` and `pkg/registry/flowcontrol/ensurer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import orjson

from kroute.aio import clocks
from kroute.bootstrap import keeping
from kroute.machinery import gvk, objects, times
from kroute.server import loopback

NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "default")
NAMESPACE = gvk.GroupVersionResource("", "v1", "namespaces")
CONFIG_MAP = gvk.GroupVersionResource("", "v1", "configmaps")
PRIORITY_CLASS = gvk.GroupVersionResource("scheduling.k8s.io", "v1", "priorityclasses")
SERVICE_CIDR = gvk.GroupVersionResource("networking.k8s.io", "v1", "servicecidrs")
FLOW_CONTROL = gvk.GroupVersion("flowcontrol.apiserver.k8s.io", "v1")
PRODUCER = "api-priority-and-fairness-config-producer-v1"
AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec"
CIDR_CONTROLLER = "kubernetes-service-cidr-controller"
CIDR_READY = "Kubernetes default Service CIDR is ready"
TRACKING = "kube-apiserver-legacy-service-account-token-tracking"


def read(name: str) -> Any:
    """A data file of this package."""
    return orjson.loads(resources.files("kroute.bootstrap").joinpath("data", name).read_bytes())


def namespaces(client: loopback.Client) -> Iterator[keeping.Kept]:
    for name in NAMESPACES:
        yield keeping.Fixed(client, keeping.Place(NAMESPACE, name), {})


def priority_classes(client: loopback.Client) -> Iterator[keeping.Kept]:
    for entry in read("priority_classes.json"):
        name = entry.pop("name")
        yield keeping.Fixed(client, keeping.Place(PRIORITY_CLASS, name), entry)


def flow_control(client: loopback.Client) -> Iterator[keeping.Kept]:
    """Priority levels first, as schemas name them."""
    client = client.named(PRODUCER)
    data: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]] = read("flow_control.json")
    for plural in ("prioritylevelconfigurations", "flowschemas"):
        for strength in ("mandatory", "suggested"):
            for entry in data[strength][plural]:
                place = keeping.Place(gvk.GroupVersionResource(*FLOW_CONTROL, plural), entry["name"])
                obj = {"metadata": {"annotations": {AUTO_UPDATE: "true"}}, "spec": entry["spec"]}
                mend = Mend(entry["spec"], mandatory=strength == "mandatory")
                yield keeping.Fixed(client, place, obj, mend)


class Mend:
    """Puts the specification back where nobody has said that it is theirs now: by the annotation, or by a change of
    an object without one.  Mandatory ones are nobody's but ours."""

    def __init__(self, spec: objects.Object, *, mandatory: bool) -> None:
        self._spec, self._mandatory = spec, mandatory

    def __call__(self, obj: objects.Object) -> bool:
        metadata = obj["metadata"]
        annotations = metadata.get("annotations") or {}
        said = annotations.get(AUTO_UPDATE)
        ours = self._mandatory or (metadata.get("generation") == 1 if said not in ("true", "false") else said == "true")
        wanted = "true" if ours else "false"
        if said == wanted and (not ours or obj.get("spec") == self._spec):
            return False
        metadata["annotations"] = {**annotations, AUTO_UPDATE: wanted}
        if ours:
            obj["spec"] = objects.copy(self._spec)
        return True


class ServiceCIDR:
    """The ServiceCIDR of the flag, with its condition."""

    causes: Sequence[str] = ()

    def __init__(self, client: loopback.Client, ranges: Sequence[str]) -> None:
        self.place = keeping.Place(SERVICE_CIDR, "kubernetes")
        self._client, self._ranges = client, list(ranges)

    async def ensure(self, found: objects.Object | None) -> float | None:
        await keeping.bring(self._client, self.place, found, lambda: {"spec": {"cidrs": self._ranges}}, None)
        conditions = ((found or {}).get("status") or {}).get("conditions") or ()
        deleted = found is not None and found["metadata"].get("deletionTimestamp")
        if deleted or any(each.get("type") == "Ready" for each in conditions):
            return None
        ready = {
            "type": "Ready",
            "status": "True",
            "message": CIDR_READY,
            "reason": "",
            "lastTransitionTime": times.now(),
        }
        status = {
            "kind": "ServiceCIDR",
            "apiVersion": "networking.k8s.io/v1",
            "metadata": {"name": self.place.name},
            "status": {"conditions": [ready]},
        }
        await self._client.named(CIDR_CONTROLLER).apply(SERVICE_CIDR, status, subresource="status")
        return None


class TokenTracking:
    """Says since when the use of tokens in Secrets is noted, as those who clean them up want to know."""

    causes: Sequence[str] = ()

    def __init__(self, client: loopback.Client, *, clock: clocks.Clock | None = None) -> None:
        self.place = keeping.Place(CONFIG_MAP, TRACKING, "kube-system")
        self._client, self._clock = client, clock or clocks.SystemClock()

    async def ensure(self, found: objects.Object | None) -> float | None:
        await keeping.bring(self._client, self.place, found, self._make, self._mend)
        return None

    def _make(self) -> objects.Object:
        return {"data": {"since": datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%d")}}

    def _mend(self, obj: objects.Object) -> bool:
        since = (obj.get("data") or {}).get("since")
        if isinstance(since, str) and is_date(since):
            return False
        obj["data"] = {**(obj.get("data") or {}), **self._make()["data"]}
        return True


def is_date(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True
