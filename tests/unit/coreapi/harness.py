"""What tests of validators share: objects as a server has them when it checks them, and errors as texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from kroute.coreapi import defaulting
from kroute.machinery import fielderrors, gvk, objects
from kroute.patch import merge_patch
from kroute.schema import builtin, godecoding, gotypes
from tests.unit.coreapi import others

Object: TypeAlias = objects.Object
Patch: TypeAlias = Mapping[str, Any]

CONTAINER: Object = {"name": "app", "image": "app:1"}
LABELS = {"app": "web"}
TEMPLATE: Object = {"metadata": {"labels": LABELS}, "spec": {"containers": [CONTAINER]}}
BACKEND: Object = {"service": {"name": "web", "port": {"number": 80}}}
JOB_TEMPLATE: Object = {"spec": {"containers": [CONTAINER], "restartPolicy": "Never"}}

MINIMAL: Mapping[str, Object] = {
    "v1/Pod": {"spec": {"containers": [CONTAINER]}},
    "v1/ReplicationController": {"spec": {"selector": LABELS, "template": TEMPLATE}},
    "apps/v1/Deployment": {"spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}},
    "apps/v1/ReplicaSet": {"spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}},
    "apps/v1/DaemonSet": {"spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}},
    "apps/v1/StatefulSet": {"spec": {"serviceName": "web", "selector": {"matchLabels": LABELS}, "template": TEMPLATE}},
    "batch/v1/Job": {
        "spec": {
            "manualSelector": True,
            "selector": {"matchLabels": LABELS},
            "template": {**JOB_TEMPLATE, "metadata": {"labels": LABELS}},
        }
    },
    "batch/v1/CronJob": {"spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": JOB_TEMPLATE}}}},
    "autoscaling/v2/HorizontalPodAutoscaler": {
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}
    },
    "policy/v1/PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}}},
    "v1/Service": {"spec": {"selector": LABELS, "ports": [{"port": 80}]}},
    "v1/Endpoints": {"subsets": [{"addresses": [{"ip": "10.1.0.1"}], "ports": [{"port": 80}]}]},
    "discovery.k8s.io/v1/EndpointSlice": {
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.1.0.1"]}],
        "ports": [{"port": 80}],
    },
    "networking.k8s.io/v1/Ingress": {"spec": {"defaultBackend": BACKEND}},
    "networking.k8s.io/v1/IngressClass": {"spec": {"controller": "example.com/proxy"}},
    "networking.k8s.io/v1/NetworkPolicy": {"spec": {"podSelector": {"matchLabels": LABELS}}},
    "networking.k8s.io/v1/IPAddress": {
        "spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "web"}}
    },
    "networking.k8s.io/v1/ServiceCIDR": {"spec": {"cidrs": ["10.0.0.0/16"]}},
    "node.k8s.io/v1/RuntimeClass": {"handler": "runc"},
    **others.MINIMAL,
}
"""The least of each kind that is right."""


class Maker:
    """Makes objects as they are when a validator sees them: decoded, with their defaults."""

    def __init__(self) -> None:
        self._definitions = builtin.Definitions.kubernetes()
        self._decoder = godecoding.Decoder(gotypes.Types.load())
        self._defaulter = defaulting.Defaulter(self._definitions)

    def __call__(self, kind: str, body: Patch) -> Object:
        """Exactly what `body` says, which needs no kind."""
        api_version, _, name = kind.rpartition("/")
        known = gvk.GroupVersionKind(*gvk.GroupVersion.parse(api_version), name)
        definition = self._definitions.name_of(known)
        assert definition is not None
        given = {"apiVersion": api_version, "kind": name, **objects.copy(body)}
        made: Object = self._decoder.decode(gotypes.name_of(definition), given).obj
        self._defaulter.default(known, made)
        return made

    def minimal(self, kind: str, patch: Patch | None = None) -> Object:
        """The least that is right, and a patch on it."""
        return self(kind, merged({"metadata": {"name": "web", "uid": "u1"}, **MINIMAL[kind]}, patch or {}))

    def changed(self, obj: Object, patch: Patch) -> Object:
        """Another object that differs by a patch."""
        return self(f"{obj['apiVersion']}/{obj['kind']}", merged(obj, patch))


def merged(obj: Object, patch: Patch) -> Object:
    result = merge_patch.apply(objects.copy(obj), objects.copy(patch))
    assert isinstance(result, dict)
    return result


def texts(found: Iterable[fielderrors.FieldError]) -> list[str]:
    """What is wrong, as messages say it: `spec.replicas: Invalid value: -1: must be ...`."""
    return [str(error) for error in found]


def said(found: Sequence[str], expected: Sequence[str]) -> bool:
    """Whether the texts are the expected ones, of which those that end with " ..." tell only the beginning."""
    assert len(found) == len(expected), found
    for text, wanted in zip(found, expected, strict=True):
        if wanted.endswith(" ..."):
            assert text.startswith(wanted.removesuffix("..."))
        else:
            assert text == wanted
    return True


def containers(*patches: Patch) -> Object:
    """A patch for the spec of a pod: containers that differ from the minimal one."""
    return {"containers": [merged(CONTAINER, patch) for patch in patches]}
