"""The pod security standards: what each check says, in which versions, and what labels of namespaces ask for."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.admission.podsecurity import configuring, levels, standards

BASELINE, RESTRICTED = levels.Standard("baseline"), levels.Standard("restricted")
HARDENED = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def said(standard: levels.Standard, spec: Any, annotations: Any = None) -> list[str]:
    return [str(each) for each in standards.Standards().problems(standard, {"annotations": annotations or {}}, spec)]


def pod(security: Any = None, *, name: str = "c", **spec: Any) -> Any:
    container = {"name": name, "image": "app:1"}
    if security is not None:
        container["securityContext"] = security
    return {"containers": [container], **spec}


def hardened(security: Any = None, **spec: Any) -> Any:
    return pod({**HARDENED, **(security or {})}, **spec)


@pytest.mark.parametrize(
    "spec, problem",
    [
        (pod({"privileged": True}), 'privileged (container "c" must not set securityContext.privileged=true)'),
        (pod(hostNetwork=True, hostIPC=True), "host namespaces (hostNetwork=true, hostIPC=true)"),
        (
            pod(volumes=[{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "hostPath": {"path": "/"}}]),
            'hostPath volumes (volumes "a", "b")',
        ),
        (
            {"containers": [{"name": "c", "ports": [{"hostPort": 9000}, {"hostPort": 80}, {"containerPort": 1}]}]},
            'hostPort (container "c" uses hostPorts 80, 9000)',
        ),
        (
            pod({"capabilities": {"add": ["NET_RAW", "CHOWN"]}}),
            'non-default capabilities (container "c" must not include "NET_RAW" in securityContext.capabilities.add)',
        ),
        (
            pod({"procMount": "Unmasked"}),
            'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
        ),
        (
            pod({"seLinuxOptions": {"type": "x_t", "role": "r"}}, securityContext={"seLinuxOptions": {"user": "u"}}),
            'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "x_t"; '
            "user may not be set; role may not be set)",
        ),
        (
            pod({"seccompProfile": {"type": "Unconfined"}}, securityContext={"seccompProfile": {"type": "Odd"}}),
            'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to '
            '"Odd", "Unconfined")',
        ),
        (pod(securityContext={"sysctls": [{"name": "kernel.x"}]}), "forbidden sysctls (kernel.x)"),
        (
            pod({"windowsOptions": {"hostProcess": True}}),
            'hostProcess (container "c" must not set securityContext.windowsOptions.hostProcess=true)',
        ),
        (
            pod({"appArmorProfile": {"type": "Unconfined"}}),
            'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
        ),
        (
            {"containers": [{"name": "c", "livenessProbe": {"httpGet": {"host": "10.0.0.1"}}}]},
            'probe or lifecycle host (container "c" uses probe or lifecycle host "10.0.0.1")',
        ),
    ],
)
def test_the_baseline_refuses_what_takes_over_a_node(spec: Any, problem: str) -> None:
    assert said(BASELINE, spec) == [problem]


@pytest.mark.parametrize(
    "spec, problem",
    [
        (
            hardened({"allowPrivilegeEscalation": None}),
            'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
        ),
        (
            hardened({"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "KILL"]}}),
            'unrestricted capabilities (container "c" must not include "KILL" in securityContext.capabilities.add)',
        ),
        (
            hardened(volumes=[{"name": "n", "nfs": {}}, {"name": "o", "odd": {}}, {"name": "s", "secret": {}}]),
            'restricted volume types (volumes "n", "o" use restricted volume types "nfs", "unknown")',
        ),
        (
            hardened({"runAsNonRoot": False}),
            'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
        ),
        (
            hardened({"runAsUser": 0}, securityContext={"runAsUser": 0}),
            'runAsUser=0 (pod and container "c" must not set runAsUser=0)',
        ),
        (
            hardened({"seccompProfile": None}),
            'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" '
            'or "Localhost")',
        ),
    ],
)
def test_the_restricted_level_wants_pods_hardened(spec: Any, problem: str) -> None:
    assert said(RESTRICTED, spec) == [problem]


def test_what_the_pod_says_goes_for_its_containers() -> None:
    own = {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}
    container = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert said(RESTRICTED, pod(container, securityContext=own)) == []
    assert said(RESTRICTED, hardened()) == []


def test_all_containers_are_looked_at_those_that_start_first_first() -> None:
    bad = {"securityContext": {"privileged": True}}
    spec = {
        "containers": [{"name": "main", **bad}],
        "initContainers": [{"name": "init", **bad}],
        "ephemeralContainers": [{"name": "debug", **bad}],
    }
    assert said(BASELINE, spec) == [
        'privileged (containers "init", "main", "debug" must not set securityContext.privileged=true)'
    ]


def test_windows_pods_need_not_say_what_they_cannot() -> None:
    windows = pod({"runAsNonRoot": True}, os={"name": "windows"})
    assert said(RESTRICTED, windows) == []
    assert len(said(RESTRICTED._replace(minor=24), windows)) == 3


def test_pods_with_users_of_their_own_may_be_root() -> None:
    root = hardened({"runAsUser": 0, "runAsNonRoot": False}, hostUsers=False)
    assert said(RESTRICTED, root) == []
    assert len(said(RESTRICTED._replace(minor=34), root)) == 2


@pytest.mark.parametrize(
    "minor, sysctl, allowed",
    [(26, "net.ipv4.ip_local_reserved_ports", False), (27, "net.ipv4.ip_local_reserved_ports", True)],
)
def test_versions_allow_what_they_allowed(minor: int, sysctl: str, allowed: bool) -> None:
    spec = pod(securityContext={"sysctls": [{"name": sysctl}]})
    assert (said(BASELINE._replace(minor=minor), spec) == []) is allowed


def test_profiles_in_annotations_count_in_the_versions_that_had_them() -> None:
    notes = {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}
    assert said(BASELINE._replace(minor=18), pod(), notes) == [
        'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")'
    ]
    assert said(BASELINE, pod(), notes) == []
    notes = {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}
    assert len(said(BASELINE, pod(), notes)) == 1


def test_a_version_to_come_is_the_newest_there_is() -> None:
    assert said(BASELINE._replace(minor=999), pod(hostPID=True)) == said(BASELINE, pod(hostPID=True))


def test_the_privileged_level_allows_everything() -> None:
    assert said(levels.Standard(), pod({"privileged": True}, hostPID=True)) == []


def labels(**modes: str) -> dict[str, str]:
    return {f"{levels.PREFIX}{mode.replace('_', '-')}": value for mode, value in modes.items()}


def test_labels_that_are_not_understood_are_the_strictest_to_enforce_and_nothing_to_warn_of() -> None:
    policy, wrong = levels.policy_of(labels(enforce="odd", warn="odd", audit_version="1.2"), levels.NO_POLICY)
    assert policy.enforce.level == "restricted"
    assert policy.warn.level == "privileged"
    assert [each.path for each in wrong] == [
        f"metadata.labels[{levels.PREFIX}{mode}]" for mode in ("enforce", "audit-version", "warn")
    ]


def test_what_is_enforced_is_warned_of_too_unless_something_else_is_said() -> None:
    policy, _ = levels.policy_of(labels(enforce="baseline", enforce_version="v1.20"), levels.NO_POLICY)
    assert policy.warn == levels.Standard("baseline", 20)
    policy, _ = levels.policy_of(labels(enforce="restricted", warn="baseline"), levels.NO_POLICY)
    assert policy.warn == BASELINE


def test_a_configuration_says_what_holds_without_labels_and_who_is_exempt() -> None:
    found = configuring.read(
        {"defaults": {"enforce": "baseline", "warn-version": "v1.30"}, "exemptions": {"namespaces": ["kube-system"]}}
    )
    assert found.defaults.enforce == BASELINE
    assert found.defaults.warn == levels.Standard("privileged", 30)
    assert found.namespaces == {"kube-system"}


@pytest.mark.parametrize(
    "document, problem",
    [
        ({"defaults": {"enforce": "odd"}}, r'defaults.enforce: Invalid value: "odd": must be one of privileged, .*'),
        ({"defaults": {"audit-version": "1.2"}}, r'defaults.audit-version: .*must be "latest" or "v1.x"'),
        ({"defaults": []}, "defaults must be a mapping"),
        ({"exemptions": {"namespaces": ["A"]}}, r"exemptions.namespaces\[0\]: Invalid value"),
        ({"exemptions": {"usernames": ["a", "a"]}}, r"exemptions.usernames\[1\]: Duplicate value"),
        ({"exemptions": {"runtimeClasses": "a"}}, "exemptions.runtimeClasses must be a list of texts"),
    ],
)
def test_a_wrong_configuration_is_refused(document: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        configuring.read(document)
