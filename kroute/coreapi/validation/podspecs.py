"""The spec of pods, in pods and in templates of pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import (
    affinity,
    containers,
    dns,
    environment,
    options,
    podannotations,
    ports,
    resources,
    security,
    spreading,
    tolerations,
    visiting,
    volumes,
    windows,
)
from kroute.machinery import fielderrors, metavalidation, names

Object = Mapping[str, Any]
RESTART_POLICIES = ("Always", "OnFailure", "Never")
PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")


def validate(
    spec: Object, path: str, opts: options.Options, *, name: str = "", is_mirror: bool = False
) -> checks.Found:
    """A pod's spec.  `name` is the pod's, if there is one; `is_mirror` says that a kubelet made it."""
    if spec.get("terminationGracePeriodSeconds") is None:
        yield fielderrors.required(f"{path}.terminationGracePeriodSeconds")
    good = volumes.Volumes()
    if spec.get("volumes"):
        yield from volumes.validate(spec["volumes"], name, f"{path}.volumes", opts, good)
    claims = spec.get("resourceClaims") or ()
    if claims:
        yield from resources.validate_pod_claims(claims, f"{path}.resourceClaims", is_mirror=is_mirror)
    claim_names = {claim["name"] for claim in claims if claim.get("name")}
    yield from containers.validate(containers.Surroundings(spec, good, claim_names, opts), path)
    yield from resources.validate_pod_level(spec, claim_names, path, opts)
    yield from validate_platform(spec, path, opts)
    yield from validate_scheduling(spec, path, opts)
    yield from windows.validate_host_processes(spec, path)
    yield from security.validate_host_users(spec, path)
    yield from dns.validate_hostname_override(spec, path)
    yield from validate_names(spec, path)
    yield from validate_rest(spec, path, opts)
    if spec.get("os") is not None:
        yield from windows.validate_system(spec, path)
    yield from environment.validate_files(visiting.containers(spec, path), spec.get("volumes") or ())


def validate_platform(spec: Object, path: str, opts: options.Options) -> checks.Found:
    """Host network, policies, security context."""
    yield from ports.validate_host_network(spec, path, is_pod=opts.is_pod)
    yield from checks.required_one_of(spec.get("restartPolicy"), RESTART_POLICIES, f"{path}.restartPolicy")
    yield from checks.required_one_of(spec.get("dnsPolicy"), dns.POLICIES, f"{path}.dnsPolicy")
    if spec.get("nodeSelector"):
        yield from checks.labels(spec["nodeSelector"], f"{path}.nodeSelector")
    yield from security.validate_pod_context(spec, path, opts)


def validate_scheduling(spec: Object, path: str, opts: options.Options) -> checks.Found:
    """Where the pod may run and what it waits for."""
    if spec.get("affinity"):
        yield from affinity.validate(spec["affinity"], f"{path}.affinity", opts)
    yield from dns.validate(spec, path)
    for index, gate in enumerate(spec.get("readinessGates") or ()):
        at = f"{path}.readinessGates[{index}].conditionType"
        yield from checks.text(gate.get("conditionType") or "", names.qualified_name, at)
    if spec.get("schedulingGates"):
        yield from tolerations.validate_gates(spec["schedulingGates"], f"{path}.schedulingGates")
    constraints = spec.get("topologySpreadConstraints")
    if constraints:
        yield from spreading.validate(constraints, f"{path}.topologySpreadConstraints", opts)


def validate_names(spec: Object, path: str) -> checks.Found:
    """Names of other objects, and the pod's own on the network."""
    for field in ("serviceAccountName", "nodeName"):
        yield from checks.optional_text(spec.get(field), names.dns1123_subdomain, f"{path}.{field}")
    yield from checks.in_range(
        spec.get("activeDeadlineSeconds"), 1, checks.LARGEST_INT32, f"{path}.activeDeadlineSeconds"
    )
    for field in ("hostname", "subdomain"):
        yield from checks.optional_text(spec.get(field), names.dns1123_label, f"{path}.{field}")


def validate_rest(spec: Object, path: str, opts: options.Options) -> checks.Found:
    if spec.get("tolerations"):
        yield from tolerations.validate(spec["tolerations"], f"{path}.tolerations")
    if spec.get("hostAliases"):
        yield from dns.validate_host_aliases(spec["hostAliases"], f"{path}.hostAliases")
    yield from checks.optional_text(spec.get("priorityClassName"), names.dns1123_subdomain, f"{path}.priorityClassName")
    runtime = spec.get("runtimeClassName")
    if runtime is not None:
        yield from checks.text(runtime, names.dns1123_subdomain, f"{path}.runtimeClassName")
    policy = spec.get("preemptionPolicy")
    if policy is not None:
        yield from checks.required_one_of(policy, PREEMPTION_POLICIES, f"{path}.preemptionPolicy")
    if spec.get("overhead"):
        limits = {"limits": spec["overhead"]}
        yield from resources.validate_containers(limits, (), f"{path}.overhead", opts)


def validate_template(template: Object, path: str, opts: options.Options = options.TEMPLATE) -> checks.Found:
    """A template of pods: labels, annotations and a spec."""
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    if metadata.get("labels"):
        yield from checks.labels(metadata["labels"], f"{path}.labels")
    if metadata.get("annotations"):
        yield from metavalidation.validate_annotations(metadata["annotations"], f"{path}.annotations")
        yield from podannotations.validate(metadata["annotations"], spec, f"{path}.annotations", opts)
    yield from validate(spec, f"{path}.spec", opts)
    yield from podannotations.validate_profiles(template, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        text = "ephemeral containers not allowed in pod template"
        yield fielderrors.forbidden(f"{path}.spec.ephemeralContainers", text)
