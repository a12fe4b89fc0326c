"""What pods may hold on each operating system, and what Windows has of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import visiting
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]

LARGEST_SPEC = 64 * 1024
LONGEST_DOMAIN, LONGEST_USER = 256, 104
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NETBIOS = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}')
DNS_PART = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
DNS = re.compile(rf"{DNS_PART}(?:\.{DNS_PART})*")
BAD_USER = re.compile(r'["/\\:;|=,+*?<>@\[\]]')
NOT_FOR_WINDOWS = "cannot be set for a windows pod"
NOT_FOR_LINUX = "windows options cannot be set for a linux pod"
POD_FIELDS = (
    "securityContext.appArmorProfile", "securityContext.seLinuxOptions", "hostUsers", "hostPID", "hostIPC",
    "securityContext.seccompProfile", "securityContext.fsGroup", "securityContext.fsGroupChangePolicy",
    "securityContext.sysctls", "shareProcessNamespace", "securityContext.runAsUser", "securityContext.runAsGroup",
    "securityContext.supplementalGroups", "securityContext.supplementalGroupsPolicy",
    "securityContext.seLinuxChangePolicy",
)  # fmt: skip
CONTAINER_FIELDS = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
    "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
)  # fmt: skip


def validate_system(spec: Object, path: str) -> checks.Found:
    """The system that a pod says it runs on, and what can't be had there."""
    system = spec.get("os")
    if system is None:
        return
    name = system.get("name") or ""
    if not name:
        yield fielderrors.required(f"{path}.os.name")
    elif name == "linux":
        yield from validate_linux(spec, path)
    elif name == "windows":
        yield from validate_windows(spec, path)
    else:
        yield fielderrors.not_supported(f"{path}.os", name, ("linux", "windows"))


def validate_linux(spec: Object, path: str) -> checks.Found:
    for holder, at in [(spec, path), *visiting.containers(spec, path)]:
        context = holder.get("securityContext") or {}
        yield from checks.forbidden_fields(context, f"{at}.securityContext", NOT_FOR_LINUX, "windowsOptions")


def validate_windows(spec: Object, path: str) -> checks.Found:
    context = spec.get("securityContext") or {}
    for field in POD_FIELDS:
        name = field.removeprefix("securityContext.")
        value = spec.get(field) if name == field else context.get(name)
        if value or (value is not None and field not in ("hostPID", "hostIPC")):
            yield fielderrors.forbidden(f"{path}.{field}", NOT_FOR_WINDOWS)
    for container, at in visiting.containers(spec, path):
        context = container.get("securityContext") or {}
        yield from checks.forbidden_fields(context, f"{at}.securityContext", NOT_FOR_WINDOWS, *CONTAINER_FIELDS)


def validate_options(options: Object | None, path: str) -> checks.Found:
    """`windowsOptions` of a security context."""
    if not options:
        return
    name = options.get("gmsaCredentialSpecName")
    if name is not None:
        yield from checks.text(name, names.dns1123_subdomain, f"{path}.gmsaCredentialSpecName")
    content = options.get("gmsaCredentialSpec")
    if content is not None:
        yield from validate_credentials(content, f"{path}.gmsaCredentialSpec")
    user = options.get("runAsUserName")
    if user is not None:
        for wrong in wrong_in_user(user):
            yield fielderrors.invalid(f"{path}.runAsUserName", user, wrong)


def validate_credentials(content: str, path: str) -> checks.Found:
    if not content:
        yield fielderrors.invalid(path, content, "gmsaCredentialSpec cannot be an empty string")
    elif names.size(content) > LARGEST_SPEC:
        yield fielderrors.invalid(path, content, "gmsaCredentialSpec size must be under 64 KiB")


def wrong_in_user(name: str) -> list[str]:
    """What is wrong with a user's name, `USER` or `DOMAIN\\USER`."""
    parts = name.split("\\")
    if not name:
        return ["runAsUserName cannot be an empty string"]
    if CONTROL.search(name):
        return ["runAsUserName cannot contain control characters"]
    if len(parts) > 2:
        return ["runAsUserName cannot contain more than one backslash"]
    found = []
    user = parts[-1]
    if len(parts) == 2:
        domain = parts[0]
        if names.size(domain) >= LONGEST_DOMAIN:
            found.append(f"runAsUserName's Domain length must be under {LONGEST_DOMAIN} characters")
        if not (NETBIOS.fullmatch(domain) or DNS.fullmatch(domain)):
            found.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    if not user:
        found.append("runAsUserName's User cannot be empty")
    elif names.size(user) > LONGEST_USER:
        found.append(f"runAsUserName's User length must not be longer than {LONGEST_USER} characters")
    if user and not user.strip(". "):
        found.append("runAsUserName's User cannot contain only periods or spaces")
    if BAD_USER.search(user):
        found.append(r"""runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[]""")
    return found


def validate_host_processes(spec: Object, path: str) -> checks.Found:
    """Either all containers of a pod are processes of the host or none is."""
    general = host_process(spec)
    count = total = 0
    for container, at in visiting.containers(spec, path):
        total += 1
        own = host_process(container)
        if general is not None and own is not None and own != general:
            text = f"pod hostProcess value must be identical if both are specified, was {str(general).lower()}"
            yield fielderrors.invalid(f"{at}.securityContext.windowsOptions.hostProcess", own, text)
        count += bool(general if own is None else own)
    if not count:
        return
    if count != total:
        text = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
        yield fielderrors.invalid(path, "", text)
    if not spec.get("hostNetwork"):
        text = "hostNetwork must be true if pod contains any hostProcess containers"
        yield fielderrors.invalid(f"{path}.hostNetwork", False, text)


def host_process(holder: Object) -> bool | None:
    options = (holder.get("securityContext") or {}).get("windowsOptions") or {}
    value: bool | None = options.get("hostProcess")
    return value
