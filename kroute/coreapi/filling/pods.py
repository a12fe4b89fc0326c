"""Defaults of pods and their parts that depend on other fields."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kroute.coreapi import podresources, resourcenames
from kroute.machinery import objects

PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
DOMAIN = r"(?:(?=[^/]*[.:A-Z]|localhost/)(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?"
MOVING_IMAGE = re.compile(rf"(?![a-f0-9]{{64}}$){DOMAIN}{PART}(?:/{PART})*(?::latest)?")
"""References without a tag or with the tag `latest`; what has a digest or can't be read is not pulled anew."""
INIT_ANNOTATIONS = tuple(
    f"pod.{stage}.kubernetes.io/init-container{what}" for stage in ("alpha", "beta") for what in ("s", "-statuses")
)


def pull_policy(image: str) -> str:
    """Always for images whose content may change, IfNotPresent for others."""
    return "Always" if MOVING_IMAGE.fullmatch(image) else "IfNotPresent"


def container(obj: objects.Object) -> None:
    if not obj.get("imagePullPolicy"):
        obj["imagePullPolicy"] = pull_policy(obj.get("image") or "")


def volume(obj: objects.Object) -> None:
    if len(obj) == 1 or not any(value is not None for key, value in obj.items() if key != "name"):
        obj["emptyDir"] = {}
    image = obj.get("image")
    if image is not None and not image.get("pullPolicy"):
        image["pullPolicy"] = pull_policy(image.get("reference") or "")


def pod_spec(obj: objects.Object) -> None:
    """The service account has two names, of which the newer one counts."""
    name = obj.get("serviceAccountName") or obj.get("serviceAccount")
    if name:
        obj["serviceAccountName"] = obj["serviceAccount"] = name


def pod_template(obj: objects.Object) -> None:
    drop_init_annotations(obj)


def pod(obj: objects.Object) -> None:
    """What holds for pods and not for templates."""
    drop_init_annotations(obj)
    spec = obj["spec"]
    for kind in ("containers", "initContainers"):
        request_limits(spec.get(kind) or ())
    pod_level_resources(spec)
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    if spec.get("hostNetwork"):
        for kind in ("containers", "initContainers"):
            bind_host_ports(spec.get(kind) or ())
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        spec["terminationGracePeriodSeconds"] = 1


def drop_init_annotations(obj: objects.Object) -> None:
    """Annotations that stood for init containers, before there was a field, are not kept."""
    annotations = obj.get("metadata", {}).get("annotations")
    if not annotations or not any(name in annotations for name in INIT_ANNOTATIONS):
        return
    kept = {name: value for name, value in annotations.items() if name not in INIT_ANNOTATIONS}
    if kept:
        obj["metadata"]["annotations"] = kept
    else:
        del obj["metadata"]["annotations"]


def request_limits(containers: Iterable[objects.Object]) -> None:
    """A container requests what it is limited to, where it says nothing else."""
    for one in containers:
        resources = one.get("resources") or {}
        limits = resources.get("limits")
        if limits:
            requests = resources.get("requests") or {}
            resources["requests"] = requests | {name: limits[name] for name in limits if name not in requests}


def bind_host_ports(containers: Iterable[objects.Object]) -> None:
    """On the host's network a port is the host's port."""
    for one in containers:
        for port in one.get("ports") or ():
            if not port.get("hostPort") and port.get("containerPort"):
                port["hostPort"] = port["containerPort"]


def pod_level_resources(spec: objects.Object) -> None:
    """Complete the resources of a pod as a whole by those of its containers."""
    resources = spec.get("resources")
    if not resources or not (resources.get("limits") or resources.get("requests")):
        return
    limits, requests = dict(resources.get("limits") or {}), dict(resources.get("requests") or {})
    for name, amount in podresources.aggregate(spec, "limits").items():
        if resourcenames.is_huge_pages(name) and name not in requests:
            limits.setdefault(name, str(amount))
    if limits:
        resources["limits"] = limits
        for name, amount in podresources.aggregate(spec, "requests").items():
            if resourcenames.at_pod_level(name) and resourcenames.may_overcommit(name):
                requests.setdefault(name, str(amount))
        for name, text in limits.items():
            if resourcenames.at_pod_level(name):
                requests.setdefault(name, text)
        if requests:
            resources["requests"] = requests


def pod_status(obj: objects.Object) -> None:
    """The pod's address has a field of its own and one among all addresses."""
    first, several = obj.get("podIP"), obj.get("podIPs")
    if first and (not several or several[0].get("ip") != first):
        obj["podIPs"] = [{"ip": first}]
    elif several and several[0].get("ip"):
        obj["podIP"] = several[0]["ip"]
