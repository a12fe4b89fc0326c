"""Containers of pods and templates: regular ones, initial ones and those added for debugging."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from kroute.coreapi import checks, podresources
from kroute.coreapi.validation import environment, mounts, options, ports, probes, resources, security
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
RESTART_POLICIES = ("Always", "Never", "OnFailure")
MOST_RULES, MOST_EXIT_CODES = 20, 255
SIDECARS_ONLY = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
NOT_FOR_EPHEMERAL = (
    "ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", "livenessProbe", "readinessProbe",
    "startupProbe", "lifecycle",
)  # fmt: skip
NOT_EPHEMERAL = "cannot be set for an Ephemeral Container"


class Surroundings(NamedTuple):
    """What containers are checked against: the pod's spec, its good volumes and claims."""

    spec: Object
    volumes: Mapping[str, Object]
    claims: Collection[str]
    rules: options.Options

    @property
    def grace(self) -> int | None:
        seconds: int | None = self.spec.get("terminationGracePeriodSeconds")
        return seconds


def validate(around: Surroundings, path: str) -> checks.Found:
    """All containers of the spec at `path`."""
    yield from validate_regular(around, f"{path}.containers")
    if around.spec.get("initContainers"):
        yield from validate_initial(around, f"{path}.initContainers")
    if around.spec.get("ephemeralContainers"):
        yield from validate_ephemeral(around, f"{path}.ephemeralContainers")


def validate_regular(around: Surroundings, path: str) -> checks.Found:
    found = around.spec.get("containers")
    if not found:
        yield fielderrors.required(path)
        return
    seen: set[str] = set()
    for index, container in enumerate(found):
        at = f"{path}[{index}]"
        yield from validate_common(container, around, at)
        yield from validate_unique(container, seen, at)
        yield from probes.validate_lifecycle(container, around.grace, around.spec.get("os"), at)
        yield from probes.validate_probes(container, around.grace, at)
        yield from validate_restarts(container, at)
    yield from ports.validate_host_ports(found, path)


def validate_initial(around: Surroundings, path: str) -> checks.Found:
    seen = {container.get("name") or "" for container in around.spec.get("containers") or ()}
    for index, container in enumerate(around.spec["initContainers"]):
        at = f"{path}[{index}]"
        yield from validate_common(container, around, at)
        if container.get("restartPolicy") is not None:
            yield from validate_initial_restarts(container, at)
        yield from validate_unique(container, seen, at)
        yield from ports.validate_host_ports([container], path)
        if podresources.is_sidecar(container):
            yield from probes.validate_lifecycle(container, around.grace, around.spec.get("os"), at)
            yield from probes.validate_probes(container, around.grace, at)
        else:
            text = "may not be set for init containers without restartPolicy=Always"
            yield from checks.forbidden_fields(container, at, text, *SIDECARS_ONLY)


def validate_ephemeral(around: Surroundings, path: str) -> checks.Found:
    others = {
        container.get("name") or ""
        for kind in ("containers", "initContainers")
        for container in around.spec.get(kind) or ()
    }
    seen = set(others)
    for index, container in enumerate(around.spec["ephemeralContainers"]):
        at, target = f"{path}[{index}]", container.get("targetContainerName")
        yield from validate_common(container, around, at)
        yield from validate_image_spaces(container, at)
        yield from validate_unique(container, seen, at)
        if target and target not in others:
            yield fielderrors.not_found(f"{at}.targetContainerName", target)
        for field in NOT_FOR_EPHEMERAL:
            value = container.get(field)
            if value or (value is not None and field != "resources"):  # which alone is no pointer, always there
                yield fielderrors.forbidden(f"{at}.{field}", NOT_EPHEMERAL)
        for number, mount in enumerate(container.get("volumeMounts") or ()):
            for field in ("subPath", "subPathExpr"):
                if mount.get(field):
                    yield fielderrors.forbidden(f"{at}.volumeMounts[{number}].{field}", NOT_EPHEMERAL)


def validate_common(container: Object, around: Surroundings, path: str) -> checks.Found:
    """What holds for every container."""
    yield from checks.required_text(container.get("name"), names.dns1123_label, f"{path}.name")
    yield from checks.required(container.get("image"), f"{path}.image")
    policy = container.get("terminationMessagePolicy")
    yield from checks.required_one_of(policy, MESSAGE_POLICIES, f"{path}.terminationMessagePolicy")
    get = container.get
    if get("ports"):
        yield from ports.validate(container["ports"], f"{path}.ports")
    if get("env"):
        yield from environment.validate(container["env"], f"{path}.env")
    if get("envFrom"):
        yield from environment.validate_sources(container["envFrom"], f"{path}.envFrom")
    if get("volumeMounts") or get("volumeDevices"):
        yield from mounts.validate(container, around.volumes, path)
    yield from checks.required_one_of(get("imagePullPolicy"), PULL_POLICIES, f"{path}.imagePullPolicy")
    yield from resources.validate_containers(get("resources"), around.claims, f"{path}.resources", around.rules)
    if get("resizePolicy"):
        restart = around.spec.get("restartPolicy") or ""
        yield from resources.validate_resize_policy(container["resizePolicy"], restart, f"{path}.resizePolicy")
    if get("securityContext"):
        shared = around.spec.get("hostUsers") is not False
        yield from security.validate_context(container["securityContext"], f"{path}.securityContext", host_users=shared)


def validate_unique(container: Object, seen: set[str], path: str) -> checks.Found:
    name = container.get("name") or ""
    if name in seen:
        yield fielderrors.duplicate(f"{path}.name", name)
    elif name:
        seen.add(name)


def validate_initial_restarts(container: Object, path: str) -> checks.Found:
    if not podresources.is_sidecar(container):
        yield from validate_restarts(container, path)
    elif container.get("restartPolicyRules"):
        text = "restartPolicyRules are not allowed for init containers with restart policy Always"
        yield fielderrors.forbidden(f"{path}.restartPolicyRules", text)


def validate_restarts(container: Object, path: str) -> checks.Found:
    """A restart policy of the container's own, and rules by exit codes."""
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is None and not rules:
        return
    if policy is None:
        text = "must specify restartPolicy when restart rules are used"
        yield fielderrors.required(f"{path}.restartPolicy", text)
    else:
        yield from checks.one_of(policy, RESTART_POLICIES, f"{path}.restartPolicy")
    at = f"{path}.restartPolicyRules"
    if len(rules) > MOST_RULES:
        yield fielderrors.too_long(at, MOST_RULES)
    for index, rule in enumerate(rules):
        yield from validate_rule(rule, f"{at}[{index}]")


def validate_rule(rule: Object, path: str) -> checks.Found:
    yield from checks.one_of(rule.get("action") or "", ("Restart",), f"{path}.action")
    codes = rule.get("exitCodes")
    if codes is None:
        yield fielderrors.required(f"{path}.exitCodes", "must be specified")
        return
    yield from checks.one_of(codes.get("operator") or "", ("In", "NotIn"), f"{path}.exitCodes.operator")
    if len(codes.get("values") or ()) > MOST_EXIT_CODES:
        yield fielderrors.too_long(f"{path}.exitCodes.values", MOST_EXIT_CODES)


def validate_images(spec: Object, path: str) -> checks.Found:
    """In pods images have no blanks around them; in templates they may."""
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(kind) or ()):
            yield from validate_image_spaces(container, f"{path}.{kind}[{index}]")


def validate_image_spaces(container: Object, path: str) -> checks.Found:
    image = container.get("image") or ""
    if image != image.strip():
        yield fielderrors.invalid(f"{path}.image", image, "must not have leading or trailing whitespace")


def validate_update(new: Collection[Object], old: Collection[Object], path: str) -> checks.Found:
    """Containers of a pod neither come nor go, and keep an image."""
    if len(new) != len(old):
        yield fielderrors.forbidden(path, "pod updates may not add or remove containers")
        return
    for index, container in enumerate(new):
        yield from checks.required(container.get("image"), f"{path}[{index}].image")
        yield from validate_image_spaces(container, f"{path}[{index}]")
