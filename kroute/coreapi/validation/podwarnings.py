"""What clients are warned of in pods and templates: what is deprecated, hidden, doubled or surely not meant.

Mirrors `warnings.go` of `pkg/api/pod`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kroute.coreapi import networks
from kroute.coreapi.validation import affinity, claimspecs, nodelabels, overlaps, podannotations, visiting
from kroute.machinery import goformat, quantity

Object = Mapping[str, Any]
Warnings = Iterator[str]

OLD_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
OLD_VOLUMES = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
MATCHES_NOTHING = "a null labelSelector results in matching no pod"
OLD_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
OLD_APPARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead'
BYTES = ("memory", "ephemeral-storage")


def of_pod(obj: Object) -> Warnings:
    """Warnings about a pod."""
    return of_template(obj, "")


def of_template(template: Object, path: str) -> Warnings:
    """Warnings about a template at `path`, or about a pod at ""."""
    prefix = f"{path}." if path else ""
    spec, annotations = template.get("spec") or {}, podannotations.of(template)
    at = f"{prefix}spec"
    yield from of_scheduling(spec, at)
    for key in annotations:
        if key in OLD_ANNOTATIONS:
            yield f"{prefix}metadata.annotations[{key}]: {OLD_ANNOTATIONS[key]}"
    yield from of_volumes(spec.get("volumes") or (), at)
    yield from of_doubles(spec, at)
    yield from of_fractions(spec.get("overhead"), f"{at}.overhead")
    if annotations:
        yield from of_profiles(template, f"{prefix}metadata.annotations", is_template=bool(path))
    for container, place in visiting.containers(spec, at):
        yield from of_container(container, place)
    yield from of_ports(spec, at)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        text = "must be >= 0; negative values are invalid and will be treated as 1"
        yield f"{at}.terminationGracePeriodSeconds: {text}"
    if spec.get("affinity"):
        yield from of_pod_affinity(spec["affinity"], f"{at}.affinity")
    for index, server in enumerate((spec.get("dnsConfig") or {}).get("nameservers") or ()):
        yield from networks.address_warnings(server, f"{at}.dnsConfig.nameservers[{index}]")
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        yield from networks.address_warnings(alias.get("ip") or "", f"{at}.hostAliases[{index}].ip")


def of_scheduling(spec: Object, path: str) -> Warnings:
    """Labels of nodes that have new names, and constraints that match nothing."""
    yield from nodelabels.of_selector(spec.get("nodeSelector") or (), f"{path}.nodeSelector")
    rules = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    at = f"{path}.affinity.nodeAffinity"
    for index, term in enumerate((rules.get(affinity.REQUIRED) or {}).get("nodeSelectorTerms") or ()):
        yield from nodelabels.of_term(term, f"{at}.{affinity.REQUIRED}.nodeSelectorTerms[{index}]", check_values=False)
    for index, term in enumerate(rules.get(affinity.PREFERRED) or ()):
        place = f"{at}.{affinity.PREFERRED}[{index}].preference"
        yield from nodelabels.of_term(term.get("preference") or {}, place, check_values=True)
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        place = f"{path}.topologySpreadConstraints[{index}]"
        key = constraint.get("topologyKey") or ""
        if key in nodelabels.OLD:
            yield f"{place}.topologyKey: {key} is {nodelabels.OLD[key]}"
        if constraint.get("labelSelector") is None:
            yield f"{place}.labelSelector: {MATCHES_NOTHING}"


def of_volumes(volumes: Iterable[Object], path: str) -> Warnings:
    for index, volume in enumerate(volumes):
        for kind, text in OLD_VOLUMES.items():
            if volume.get(kind) is not None:
                yield f"{path}.volumes[{index}].{'storageOS' if kind == 'storageos' else kind}: {text}"
        template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
        if template is not None:
            at = f"{path}.volumes[{index}].ephemeral.volumeClaimTemplate.spec"
            yield from claimspecs.warnings(template.get("spec") or {}, at)
    yield from overlaps.of_volumes(volumes)


def of_doubles(spec: Object, path: str) -> Warnings:
    for kind, field, what in (("hostAliases", "ip", "ip"), ("imagePullSecrets", "name", "name")):
        seen = set()
        for index, item in enumerate(spec.get(kind) or ()):
            value = item.get(field) or ""
            if value in seen:
                yield f"{path}.{kind}[{index}].{field}: duplicate {what} {goformat.quote(value)}"
            seen.add(value)
    for index, item in enumerate(spec.get("imagePullSecrets") or ()):
        if not item.get("name"):
            yield f'{path}.imagePullSecrets[{index}].name: invalid empty name ""'


def of_fractions(resources: Mapping[str, str] | None, path: str) -> Warnings:
    """There are no parts of bytes."""
    for name in BYTES:
        text = (resources or {}).get(name)
        if text is not None and quantity.parse(text).milli % 1000:
            yield f"{path}[{name}]: fractional byte value {goformat.quote(text)} is invalid, must be an integer"


def of_profiles(template: Object, path: str, *, is_template: bool) -> Warnings:
    """Profiles that are named by annotations alone."""
    annotations, spec = podannotations.of(template), template.get("spec") or {}
    context = spec.get("securityContext") or {}
    if podannotations.SECCOMP_POD in annotations and context.get("seccompProfile") is None:
        yield f"{path}[{podannotations.SECCOMP_POD}]: {OLD_SECCOMP}"
    for container, _ in visiting.containers(spec, ""):
        own, name = container.get("securityContext") or {}, container.get("name") or ""
        key = podannotations.SECCOMP_CONTAINER + name
        if key in annotations and own.get("seccompProfile") is None:
            yield f"{path}[{key}]: {OLD_SECCOMP}"
        key = podannotations.APPARMOR + name
        if is_template and key in annotations and own.get("appArmorProfile") is None:
            whole = context.get("appArmorProfile")
            if whole is None or whole != podannotations.apparmor_field(annotations[key]):
                yield f"{path}[{key}]: {OLD_APPARMOR}"


def apparmor(key: str) -> str:
    """What is said of a pod's annotation."""
    return f"metadata.annotations[{key}]: {OLD_APPARMOR}"


def of_container(container: Object, path: str) -> Warnings:
    resources = container.get("resources") or {}
    for name in BYTES:
        for what in ("limits", "requests"):
            text = (resources.get(what) or {}).get(name)
            if text is not None:
                yield from of_fractions({name: text}, f"{path}.resources.{what}")
    seen = set()
    for index, variable in enumerate(container.get("env") or ()):
        name, value = variable.get("name") or "", variable.get("value") or ""
        reference = f"$({name})"
        if name in seen and (variable.get("valueFrom") is not None or value == reference or reference not in value):
            text = f"hides previous definition of {goformat.quote(name)}, which may be dropped when using apply"
            yield f"{path}.env[{index}]: {text}"
        seen.add(name)


def of_ports(spec: Object, path: str) -> Warnings:
    """Ports that are the same, or may be."""
    by_port: dict[tuple[int, str], list[tuple[str, Object]]] = {}
    by_name: dict[str, str] = {}
    doubles = []
    for container, place in visiting.containers(spec, path):
        for index, port in enumerate(container.get("ports") or ()):
            at = f"{place}.ports[{index}]"
            if port.get("hostIP") and not port.get("hostPort"):
                yield f"{at}: hostIP set without hostPort: {shown(port)}"
            others = by_port.setdefault((port.get("containerPort") or 0, port.get("protocol") or ""), [])
            for other, former in others:
                text = clash(port, former)
                if text:
                    yield f"{at}: {text} port definition with {other}"
            others.append((at, port))
            name = port.get("name")
            if name in by_name:
                other, shown_name = by_name[name], goformat.quote(name)
                text = "services and probes that select ports by name will use"
                doubles.append(f"{at}: duplicate port name {shown_name} with {other}, {text} {other}")
            elif name:
                by_name[name] = at
    yield from doubles


def clash(port: Object, other: Object) -> str:
    """How a port collides with another one of the same number and protocol."""
    own_ip, other_ip = port.get("hostIP") or "", other.get("hostIP") or ""
    own, others = port.get("hostPort") or 0, other.get("hostPort") or 0
    if own_ip == other_ip and own == others:
        return "duplicate"
    if not own or not others:
        return "overlapping"
    return "dangerously ambiguous" if own == others and bool(own_ip) != bool(other_ip) else ""


def shown(port: Object) -> str:
    """A port as Go prints the struct."""
    number, host = port.get("containerPort") or 0, port.get("hostPort") or 0
    return (
        f"{{Name:{port.get('name') or ''} HostPort:{host} ContainerPort:{number} "
        f"Protocol:{port.get('protocol') or ''} HostIP:{port.get('hostIP') or ''}}}"
    )


def of_pod_affinity(rules: Object, path: str) -> Warnings:
    for kind in ("podAffinity", "podAntiAffinity"):
        terms = rules.get(kind) or {}
        for index, term in enumerate(terms.get(affinity.REQUIRED) or ()):
            if term.get("labelSelector") is None:
                yield f"{path}.{kind}.{affinity.REQUIRED}[{index}].labelSelector: {MATCHES_NOTHING}"
        for index, weighted in enumerate(terms.get(affinity.PREFERRED) or ()):
            if (weighted.get("podAffinityTerm") or {}).get("labelSelector") is None:
                yield f"{path}.{kind}.{affinity.PREFERRED}[{index}].podAffinityTerm.labelSelector: {MATCHES_NOTHING}"
