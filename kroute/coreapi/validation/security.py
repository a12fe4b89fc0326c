"""Security contexts of pods and containers: users, profiles, sysctls, what a platform can't have.

Mirrors the checks of security contexts in `pkg/apis/core/validation`; Windows' own are in `windows`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, internals
from kroute.coreapi.validation import options, visiting, windows
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]

SYSCTL_PART = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
SYSCTL = rf"^({SYSCTL_PART}[\./])*{SYSCTL_PART}$"
LONGEST_SYSCTL = 253
LONGEST_PROFILE = 4095
IPC_SYSCTLS = ("kernel.shm", "kernel.msg", "fs.mqueue.")
PROFILE_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")


def validate_pod_context(spec: Object, path: str, opts: options.Options) -> checks.Found:
    """The security context of a pod or template; `path` is the spec's."""
    context, at = spec.get("securityContext"), f"{path}.securityContext"
    if not context:
        yield from validate_process_sharing(spec, at)
        return
    yield from checks.user_id(context.get("fsGroup"), f"{at}.fsGroup")
    yield from checks.user_id(context.get("runAsUser"), f"{at}.runAsUser")
    yield from checks.user_id(context.get("runAsGroup"), f"{at}.runAsGroup")
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        yield from checks.user_id(group, f"{at}.supplementalGroups[{index}]")
    yield from validate_process_sharing(spec, at)
    if context.get("sysctls"):
        yield from validate_sysctls(spec, f"{at}.sysctls", opts)
    policy = context.get("fsGroupChangePolicy")
    yield from checks.optional_one_of(policy, ("Always", "OnRootMismatch"), f"{at}.fsGroupChangePolicy")
    yield from validate_seccomp(context.get("seccompProfile"), f"{at}.seccompProfile")
    yield from windows.validate_options(context.get("windowsOptions"), f"{at}.windowsOptions")
    yield from validate_apparmor(context.get("appArmorProfile"), f"{at}.appArmorProfile")
    policy = context.get("supplementalGroupsPolicy")
    yield from checks.optional_one_of(policy, ("Merge", "Strict"), f"{at}.supplementalGroupsPolicy")
    policy = context.get("seLinuxChangePolicy")
    yield from checks.optional_one_of(policy, ("MountOption", "Recursive"), f"{at}.seLinuxChangePolicy")


def validate_process_sharing(spec: Object, path: str) -> checks.Found:
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        text = "ShareProcessNamespace and HostPID cannot both be enabled"
        yield fielderrors.invalid(f"{path}.shareProcessNamespace", True, text)


def validate_sysctls(spec: Object, path: str, opts: options.Options) -> checks.Found:
    seen = set()
    for index, item in enumerate(spec["securityContext"]["sysctls"]):
        name, at = item.get("name") or "", f"{path}[{index}].name"
        if not name:
            yield fielderrors.required(at)
        elif names.size(name) > LONGEST_SYSCTL or not re.fullmatch(SYSCTL, name):
            text = f"must have at most {LONGEST_SYSCTL} characters and match regex {SYSCTL}"
            yield fielderrors.invalid(at, name, text)
        elif name in seen:
            yield fielderrors.duplicate(at, name)
        if not opts.allow_host_sysctls:
            yield from host_sysctl(name, spec, at)
        seen.add(name)


def host_sysctls(spec: Object) -> checks.Found:
    """What a pod sets of namespaces that it shares with the host."""
    for item in (spec.get("securityContext") or {}).get("sysctls") or ():
        yield from host_sysctl(item.get("name") or "", spec, "")


def host_sysctl(name: str, spec: Object, path: str) -> checks.Found:
    dotted = name.replace("/", ".") if "/" in name.split(".", 1)[0] else name
    if spec.get("hostNetwork") and dotted.startswith("net."):
        yield fielderrors.invalid(path, name, "may not be specified when 'hostNetwork' is true")
    elif spec.get("hostIPC") and (dotted == "kernel.sem" or dotted.startswith(IPC_SYSCTLS)):
        yield fielderrors.invalid(path, name, "may not be specified when 'hostIPC' is true")


def validate_seccomp(profile: Object | None, path: str) -> checks.Found:
    if profile is None:
        return
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    if not kind:
        yield fielderrors.required(f"{path}.type", "type is required when seccompProfile is set")
    else:
        yield from checks.one_of(kind, PROFILE_TYPES, f"{path}.type")
    at = f"{path}.localhostProfile"
    if kind != "Localhost":
        if local is not None:
            shown = internals.encode(profile, "core.v1.SeccompProfile")
            yield fielderrors.invalid(at, shown, "can only be set when seccomp type is Localhost")
    elif local is None:
        yield fielderrors.required(at, "must be set when seccomp type is Localhost")
    else:
        yield from checks.relative_path(local, at)


def validate_apparmor(profile: Object | None, path: str) -> checks.Found:
    if profile is None:
        return
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    if kind == "Localhost":
        yield from validate_apparmor_file(local, f"{path}.localhostProfile")
    elif kind in PROFILE_TYPES:
        if local is not None:
            text = "can only be set when AppArmor type is Localhost"
            yield fielderrors.invalid(f"{path}.localhostProfile", local, text)
    elif not kind:
        yield fielderrors.required(f"{path}.type", "type is required when appArmorProfile is set")
    else:
        yield fielderrors.not_supported(f"{path}.type", kind, PROFILE_TYPES)


def validate_apparmor_file(name: str | None, path: str) -> checks.Found:
    if not name:
        yield fielderrors.required(path, "must be set when AppArmor type is Localhost")
        return
    if name != name.strip():
        yield fielderrors.invalid(path, name, "must not be padded with whitespace")
    if names.size(name) > LONGEST_PROFILE:
        yield fielderrors.too_long(path, LONGEST_PROFILE)


def validate_context(context: Object | None, path: str, *, host_users: bool) -> checks.Found:
    """The security context of a container; `host_users` says whether it sees the host's users."""
    if not context:
        return
    yield from checks.user_id(context.get("runAsUser"), f"{path}.runAsUser")
    yield from checks.user_id(context.get("runAsGroup"), f"{path}.runAsGroup")
    mount = context.get("procMount")
    if mount is not None:
        yield from checks.one_of(mount, ("Default", "Unmasked"), f"{path}.procMount")
        if host_users and mount == "Unmasked":
            text = "`hostUsers` must be false to use `Unmasked`"
            yield fielderrors.invalid(f"{path}.procMount", mount, text)
    yield from validate_seccomp(context.get("seccompProfile"), f"{path}.seccompProfile")
    if context.get("allowPrivilegeEscalation") is False:
        yield from validate_no_escalation(context, path)
    yield from windows.validate_options(context.get("windowsOptions"), f"{path}.windowsOptions")
    yield from validate_apparmor(context.get("appArmorProfile"), f"{path}.appArmorProfile")


def validate_no_escalation(context: Object, path: str) -> checks.Found:
    """Who may not get more privileges can't have all of them already."""
    shown = internals.encode(context, "core.v1.SecurityContext")
    prefix = "cannot set `allowPrivilegeEscalation` to false and"
    if context.get("privileged"):
        yield fielderrors.invalid(path, shown, f"{prefix} `privileged` to true")
    for capability in (context.get("capabilities") or {}).get("add") or ():
        if capability == "CAP_SYS_ADMIN":
            yield fielderrors.invalid(path, shown, f"{prefix} `capabilities.Add` CAP_SYS_ADMIN")


def validate_host_users(spec: Object, path: str) -> checks.Found:
    """A pod with users of its own shares no other namespace with the host."""
    if spec.get("hostUsers") is not False:
        return
    for field, name in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")):
        if spec.get(field):
            yield fielderrors.forbidden(f"{path}.{name}", "when `hostUsers` is false")
    for container, at in visiting.containers(spec, path):
        if container.get("volumeDevices"):
            yield fielderrors.forbidden(f"{at}.volumeDevices", "when `hostUsers` is false")
