"""Which checks a pod has to pass at a level, as each version of Kubernetes has them.

Mirrors the registry of `k8s.io/pod-security-admission/policy`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kroute.admission.podsecurity import baseline, levels, restricted, wording
from kroute.machinery import objects


class Versions(NamedTuple):
    """One check: what it is from each minor version on, the oldest first, and which it takes the place of."""

    id: str
    since: Mapping[int, wording.Check]
    overrides: str = ""


BASELINE = (
    Versions("appArmorProfile", {0: baseline.app_armor_profile}),
    Versions("capabilities_baseline", {0: baseline.capabilities}),
    Versions("hostNamespaces", {0: baseline.host_namespaces}),
    Versions("hostPathVolumes", {0: baseline.host_path_volumes}),
    Versions("hostPorts", {0: baseline.host_ports}),
    Versions("hostProbesAndHostLifecycle", {34: baseline.host_probes}),
    Versions("privileged", {0: baseline.privileged}),
    Versions("procMount", {0: baseline.proc_mount, 35: baseline.proc_mount_35}),
    Versions(
        "seLinuxOptions",
        {
            0: baseline.selinux(baseline.SELINUX_TYPES),
            31: baseline.selinux(baseline.SELINUX_TYPES | {"container_engine_t"}),
        },
    ),
    Versions("seccompProfile_baseline", {0: baseline.seccomp_annotations, 19: baseline.seccomp}),
    Versions(
        "sysctls",
        {
            0: baseline.sysctls(baseline.SYSCTLS),
            27: baseline.sysctls(baseline.SYSCTLS_27),
            29: baseline.sysctls(baseline.SYSCTLS_29),
            32: baseline.sysctls(baseline.SYSCTLS_32),
        },
    ),
    Versions("windowsHostProcess", {0: baseline.windows_host_process}),
)
"""In the order in which they are told, which is that of their names."""

RESTRICTED = (
    Versions(
        "allowPrivilegeEscalation", {8: restricted.escalation, 25: restricted.not_on_windows(restricted.escalation)}
    ),
    Versions(
        "capabilities_restricted",
        {22: restricted.capabilities, 25: restricted.not_on_windows(restricted.capabilities)},
        overrides="capabilities_baseline",
    ),
    Versions("procMount_restricted", {35: baseline.proc_mount}, overrides="procMount"),
    Versions("restrictedVolumes", {0: restricted.volumes}, overrides="hostPathVolumes"),
    Versions("runAsNonRoot", {0: restricted.non_root, 35: restricted.not_of_own_users(restricted.non_root)}),
    Versions("runAsUser", {23: restricted.user, 35: restricted.not_of_own_users(restricted.user)}),
    Versions(
        "seccompProfile_restricted",
        {19: restricted.seccomp, 25: restricted.not_on_windows(restricted.seccomp)},
        overrides="seccompProfile_baseline",
    ),
)
NEWEST = max(minor for each in (*BASELINE, *RESTRICTED) for minor in each.since)


class Standards:
    """The checks of all levels and versions, put together when they are first asked for."""

    def __init__(self) -> None:
        self._checks: dict[levels.Standard, Sequence[wording.Check]] = {}

    def problems(
        self, standard: levels.Standard, metadata: objects.Object, spec: objects.Object
    ) -> list[wording.Problem]:
        """Why a pod isn't allowed; [] when it is."""
        if standard.level == levels.PRIVILEGED:
            return []
        known = standard._replace(minor=min(standard.minor, NEWEST))
        checks = self._checks.get(known)
        if checks is None:
            checks = self._checks[known] = checks_of(known)
        return [problem for check in checks if (problem := check(metadata, spec)) is not None]


def checks_of(standard: levels.Standard) -> list[wording.Check]:
    """The checks of a level in a version."""
    further = []
    overridden = set()
    if standard.level == levels.RESTRICTED:
        for each in RESTRICTED:
            if (check := at_version(each, standard.minor)) is not None:
                further.append(check)
                overridden.add(each.overrides)
    own = [at_version(each, standard.minor) for each in BASELINE if each.id not in overridden]
    return [*(check for check in own if check is not None), *further]


def at_version(each: Versions, minor: int) -> wording.Check | None:
    found = [check for since, check in each.since.items() if since <= minor]
    return found[-1] if found else None
