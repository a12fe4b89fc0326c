"""The checks of the baseline level: a pod gets no part of the node that it could take over the node with.

Mirrors the checks of `k8s.io/pod-security-admission/policy` that are of this level.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.admission.podsecurity import wording
from kroute.machinery import goformat, objects

APPARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_PREFIX = "container.seccomp.security.alpha.kubernetes.io/"
PROFILES = ("RuntimeDefault", "Localhost")
"""Types of AppArmor and seccomp profiles that a pod may have."""

CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip
NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})
SYSCTLS = frozenset({
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
})  # fmt: skip
SYSCTLS_27 = SYSCTLS | {"net.ipv4.ip_local_reserved_ports"}
SYSCTLS_29 = SYSCTLS_27 | {
    f"net.ipv4.tcp_{name}" for name in ("keepalive_time", "fin_timeout", "keepalive_intvl", "keepalive_probes")
}
SYSCTLS_32 = SYSCTLS_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}


def app_armor_profile(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    def bad(holder: Mapping[str, Any]) -> str | None:
        profile = wording.security(holder).get("appArmorProfile")
        kind = None if profile is None else profile.get("type") or ""
        return kind if kind not in (None, *PROFILES) else None

    blamed = [(wording.name_of(each), found) for each in wording.containers(spec) if (found := bad(each)) is not None]
    own = bad(spec)
    notes = sorted(
        f"{key}={goformat.quote(value)}"
        for key, value in (metadata.get("annotations") or {}).items()
        if key.startswith(APPARMOR_PREFIX) and value not in ("", "runtime/default") and not is_local(value)
    )
    by = wording.setters(own is not None, [name for name, _ in blamed])
    by = " and ".join(filter(None, (by, wording.plural("annotation", "annotations", notes) if notes else "")))
    if not by:
        return None
    values = [*sorted({*(found for _, found in blamed), *([own] if own is not None else ())}), *notes]
    reason = wording.plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values)
    return wording.Problem(reason, f"{by} must not set AppArmor profile type to {wording.quoted(values)}")


def is_local(profile: str) -> bool:
    return profile.startswith("localhost/")


def capabilities(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    blamed, further = [], set()
    for each in wording.containers(spec):
        added = set((wording.security(each).get("capabilities") or {}).get("add") or ()) - CAPABILITIES
        if added:
            blamed.append(wording.name_of(each))
            further |= added
    if not blamed:
        return None
    what = wording.quoted(sorted(further))
    detail = f"{wording.named(blamed)} must not include {what} in securityContext.capabilities.add"
    return wording.Problem("non-default capabilities", detail)


def host_namespaces(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    used = [f"{name}=true" for name in NAMESPACES if spec.get(name)]
    return wording.Problem("host namespaces", ", ".join(used)) if used else None


def host_path_volumes(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    used = [each.get("name", "") for each in spec.get("volumes") or () if each.get("hostPath") is not None]
    if not used:
        return None
    return wording.Problem("hostPath volumes", f"{wording.plural('volume', 'volumes', used)} {wording.quoted(used)}")


def host_ports(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    blamed, used = [], set()
    for each in wording.containers(spec):
        ports = {str(port["hostPort"]) for port in each.get("ports") or () if port.get("hostPort")}
        if ports:
            blamed.append(wording.name_of(each))
            used |= ports
    if not blamed:
        return None
    verb = wording.plural("uses", "use", blamed)
    ports_ = f"{wording.plural('hostPort', 'hostPorts', used)} {', '.join(sorted(used))}"
    return wording.Problem("hostPort", f"{wording.named(blamed)} {verb} {ports_}")


def host_probes(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    blamed, used = set(), set()
    for each in wording.containers(spec):
        lifecycle = each.get("lifecycle") or {}
        asked = [each.get(kind) for kind in ("livenessProbe", "readinessProbe", "startupProbe")]
        asked += [lifecycle.get("postStart"), lifecycle.get("preStop")]
        hosts = {
            host
            for handler in asked
            for kind in ("httpGet", "tcpSocket")
            if (host := ((handler or {}).get(kind) or {}).get("host"))
        }
        if hosts:
            blamed.add(wording.name_of(each))
            used |= hosts
    if not blamed:
        return None
    verb = wording.plural("uses", "use", blamed)
    what = wording.plural("probe or lifecycle host", "probe or lifecycle hosts", used)
    detail = f"{wording.named(sorted(blamed))} {verb} {what} {wording.quoted(sorted(used))}"
    return wording.Problem("probe or lifecycle host", detail)


def privileged(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    blamed = [wording.name_of(each) for each in wording.containers(spec) if wording.security(each).get("privileged")]
    if not blamed:
        return None
    return wording.Problem("privileged", f"{wording.named(blamed)} must not set securityContext.privileged=true")


def proc_mount(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    found = {
        wording.name_of(each): mount
        for each in wording.containers(spec)
        if (mount := wording.security(each).get("procMount")) not in (None, "Default")
    }
    if not found:
        return None
    values = wording.quoted(sorted(set(found.values())))
    return wording.Problem(
        "procMount", f"{wording.named(list(found))} must not set securityContext.procMount to {values}"
    )


def proc_mount_35(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    return None if wording.has_own_users(spec) else proc_mount(metadata, spec)


def selinux(types: frozenset[str]) -> wording.Check:
    """The check of SELinux options with the types that are allowed."""

    def check(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
        wrong: set[str] = set()
        fields: set[str] = set()

        def bad(holder: Mapping[str, Any]) -> bool:
            chosen = wording.security(holder).get("seLinuxOptions") or {}
            kind = chosen.get("type") or ""
            given = {name for name in ("user", "role") if chosen.get(name)}
            fields.update(given)
            if kind not in types:
                wrong.add(kind)
            return kind not in types or bool(given)

        own = bad(spec)
        blamed = [wording.name_of(each) for each in wording.containers(spec) if bad(each)]
        by = wording.setters(own, blamed)
        if not by:
            return None
        told = [f"{wording.plural('type', 'types', wrong)} {wording.quoted(sorted(wrong))}"] if wrong else []
        told += [f"{name} may not be set" for name in ("user", "role") if name in fields]
        detail = f"{by} set forbidden securityContext.seLinuxOptions: {'; '.join(told)}"
        return wording.Problem("seLinuxOptions", detail)

    return check


def seccomp_annotations(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    notes = metadata.get("annotations") or {}
    keys = {SECCOMP_POD, *(f"{SECCOMP_PREFIX}{wording.name_of(each)}" for each in wording.containers(spec))}
    bad = sorted(
        f"{key}={goformat.quote(notes[key])}"
        for key in keys
        if key in notes and notes[key] not in ("runtime/default", "docker/default") and not is_local(notes[key])
    )
    if not bad:
        return None
    detail = f"forbidden {wording.plural('annotation', 'annotations', bad)} {', '.join(bad)}"
    return wording.Problem("seccompProfile", detail)


def seccomp_type(holder: Mapping[str, Any]) -> str | None:
    """The type of the seccomp profile; None where there is no profile."""
    profile = wording.security(holder).get("seccompProfile")
    return None if profile is None else str(profile.get("type") or "")


def seccomp(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    own = seccomp_type(spec)
    bad = {
        wording.name_of(each): kind
        for each in wording.containers(spec)
        if (kind := seccomp_type(each)) is not None and kind not in PROFILES
    }
    is_bad = own is not None and own not in PROFILES
    by = wording.setters(is_bad, list(bad))
    if not by:
        return None
    values = wording.quoted(sorted({*bad.values(), *([own] if is_bad and own is not None else ())}))
    return wording.Problem("seccompProfile", f"{by} must not set securityContext.seccompProfile.type to {values}")


def sysctls(allowed: frozenset[str]) -> wording.Check:
    """The check of sysctls with those that are allowed."""

    def check(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
        asked = [each.get("name", "") for each in wording.security(spec).get("sysctls") or ()]
        bad = [name for name in asked if name not in allowed]
        return wording.Problem("forbidden sysctls", ", ".join(bad)) if bad else None

    return check


def windows_host_process(metadata: objects.Object, spec: objects.Object) -> wording.Problem | None:
    def bad(holder: Mapping[str, Any]) -> bool:
        return bool((wording.security(holder).get("windowsOptions") or {}).get("hostProcess"))

    by = wording.setters(bad(spec), [wording.name_of(each) for each in wording.containers(spec) if bad(each)])
    if not by:
        return None
    return wording.Problem("hostProcess", f"{by} must not set securityContext.windowsOptions.hostProcess=true")
