"""Containers of pods: their names, images, ports, probes and hooks, and how they start again."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import pods
from tests.unit.coreapi import harness


def wrong(make: harness.Maker, spec: harness.Patch) -> list[str]:
    return harness.texts(pods.validate_pod(make.minimal("v1/Pod", {"spec": spec})))


def having(*containers: harness.Patch, **spec: object) -> harness.Patch:
    return {**harness.containers(*containers), **spec}


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"containers": []}, ["spec.containers: Required value"]),
        ({"containers": None}, ["spec.containers: Required value"]),
        (
            having({"name": None, "image": None}),
            ["spec.containers[0].name: Required value", "spec.containers[0].image: Required value"],
        ),
        (
            having({"name": "A"}),
            ['spec.containers[0].name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower ...'],
        ),
        (having({}, {}), ['spec.containers[1].name: Duplicate value: "app"']),
        (
            having({"image": " app:1"}),
            ['spec.containers[0].image: Invalid value: " app:1": must not have leading or trailing whitespace'],
        ),
        (
            having({"terminationMessagePolicy": "Shout"}, {"name": "b", "imagePullPolicy": "Often"}),
            [
                'spec.containers[0].terminationMessagePolicy: Unsupported value: "Shout": supported values: ...',
                'spec.containers[1].imagePullPolicy: Unsupported value: "Often": supported values: "Always", ...',
            ],
        ),
        (having({}, initContainers=[harness.CONTAINER]), ['spec.initContainers[0].name: Duplicate value: "app"']),
        (
            having({}, ephemeralContainers=[{"name": "debug", "image": "sh"}]),
            ["spec.ephemeralContainers: Forbidden: cannot be set on create"],
        ),
    ],
)
def test_containers_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            having({"ports": [{"containerPort": 80, "name": "http"}, {"containerPort": 81, "name": "http"}]}),
            ['spec.containers[0].ports[1].name: Duplicate value: "http"'],
        ),
        (
            having({"ports": [{"containerPort": 80, "name": "-a-"}, {"containerPort": 81, "name": "0"}]}),
            [
                'spec.containers[0].ports[0].name: Invalid value: "-a-": must not begin or end with a hyphen',
                'spec.containers[0].ports[1].name: Invalid value: "0": must contain at least one letter (a-z)',
            ],
        ),
        (
            having({"ports": [{"hostPort": 70000, "protocol": "ICMP"}]}),
            [
                "spec.containers[0].ports[0].containerPort: Required value",
                "spec.containers[0].ports[0].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
                'spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", ...',
            ],
        ),
        (
            having({"ports": [{"containerPort": 70000}]}),
            ["spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, ..."],
        ),
        (
            having(
                {"ports": [{"containerPort": 80, "hostPort": 80}]},
                {"name": "b", "ports": [{"containerPort": 81, "hostPort": 80}]},
            ),
            ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
        ),
        (
            having({"ports": [{"containerPort": 80, "hostPort": 81}]}, hostNetwork=True),
            ["spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when ..."],
        ),
    ],
)
def test_ports_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


def test_a_port_of_the_host_may_be_used_for_several_protocols_and_addresses(make: harness.Maker) -> None:
    ports = [{"protocol": "TCP"}, {"protocol": "UDP"}, {"protocol": "TCP", "hostIP": "10.0.0.1"}]
    spec = having({"ports": [{"containerPort": 80, "hostPort": 80, **port} for port in ports]})
    assert not wrong(make, spec)


def test_regular_and_initial_containers_may_use_the_same_port_of_the_host(make: harness.Maker) -> None:
    ports = [{"containerPort": 80, "hostPort": 80}]
    initial = [{"name": "a", "image": "i", "ports": ports}, {"name": "b", "image": "i", "ports": ports}]
    assert not wrong(make, having({"ports": ports}, initContainers=initial))


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            having({"restartPolicy": "Sometimes"}),
            ['spec.containers[0].restartPolicy: Unsupported value: "Sometimes": supported values: "Always", ...'],
        ),
        (
            having({"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}),
            ["spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart ..."],
        ),
        (
            having(
                {
                    "restartPolicy": "Never",
                    "restartPolicyRules": [{"action": "Stop", "exitCodes": {"operator": "Like"}}],
                }
            ),
            [
                'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Stop": supported values: ...',
                'spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "Like": ...',
            ],
        ),
        (
            having({"restartPolicy": "Never", "restartPolicyRules": [{"action": "Restart"}]}),
            ["spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified"],
        ),
        (
            having(
                {
                    "restartPolicy": "Never",
                    "restartPolicyRules": [
                        {"action": "Restart", "exitCodes": {"operator": "In", "values": [*range(256)]}}
                    ],
                }
            ),
            ["spec.containers[0].restartPolicyRules[0].exitCodes.values: Too long: may not be more than 255 bytes"],
        ),
        (
            having(
                {
                    "restartPolicy": "Never",
                    "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In"}}] * 21,
                }
            ),
            ["spec.containers[0].restartPolicyRules: Too long: may not be more than 20 bytes"],
        ),
        (
            having({}, initContainers=[{"name": "i", "image": "i", "restartPolicy": "Sometimes"}]),
            ['spec.initContainers[0].restartPolicy: Unsupported value: "Sometimes": supported values: ...'],
        ),
        (
            having(
                {},
                initContainers=[
                    {
                        "name": "i",
                        "image": "i",
                        "restartPolicy": "Always",
                        "restartPolicyRules": [{"action": "Restart"}],
                    }
                ],
            ),
            ["spec.initContainers[0].restartPolicyRules: Forbidden: restartPolicyRules are not allowed for ..."],
        ),
    ],
)
def test_restarts_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            having({"livenessProbe": {}}),
            ["spec.containers[0].livenessProbe: Required value: must specify a handler type"],
        ),
        (
            having({"livenessProbe": {"httpGet": {"port": 0}, "tcpSocket": {"port": "x"}}}),
            [
                "spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, ...",
                "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
            ],
        ),
        (
            having({"livenessProbe": {"tcpSocket": {"port": "no port name"}, "successThreshold": 2}}),
            [
                'spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: "no port name": must contain ...',
                "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
            ],
        ),
        (
            having(
                {
                    "livenessProbe": {
                        "exec": {"command": ["x"]},
                        "periodSeconds": -1,
                        "terminationGracePeriodSeconds": -1,
                    }
                }
            ),
            [
                "spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or ...",
                "spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid value: -1: must be ...",
            ],
        ),
        (
            having({"readinessProbe": {"exec": {}, "terminationGracePeriodSeconds": 5}}),
            [
                "spec.containers[0].readinessProbe.exec.command: Required value",
                "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be ...",
            ],
        ),
        (
            having({"startupProbe": {"grpc": {"port": 70000}, "successThreshold": 3}}),
            [
                "spec.containers[0].startupProbe.grpc.port: Invalid value: 70000: must be between 1 and 65535, ...",
                "spec.containers[0].startupProbe.successThreshold: Invalid value: 3: must be 1",
            ],
        ),
        (
            having({"livenessProbe": {"httpGet": {"port": 80, "scheme": "FTP", "httpHeaders": [{"name": "X Y"}]}}}),
            [
                'spec.containers[0].livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: ...',
                'spec.containers[0].livenessProbe.httpGet.httpHeaders: Invalid value: "X Y": a valid HTTP ...',
            ],
        ),
        (
            having(
                {}, initContainers=[{"name": "i", "image": "i", "livenessProbe": {}, "lifecycle": {"postStart": {}}}]
            ),
            [
                "spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without ...",
                "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without ...",
            ],
        ),
        (
            having({}, initContainers=[{"name": "i", "image": "i", "restartPolicy": "Always", "readinessProbe": {}}]),
            ["spec.initContainers[0].readinessProbe: Required value: must specify a handler type"],
        ),
    ],
)
def test_probes_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            having({"lifecycle": {"postStart": {}, "preStop": {"exec": {}}}}),
            [
                "spec.containers[0].lifecycle.postStart: Required value: must specify a handler type",
                "spec.containers[0].lifecycle.preStop.exec.command: Required value",
            ],
        ),
        (
            having({"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}}),
            ["spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less ..."],
        ),
        (
            having({"lifecycle": {"preStop": {"sleep": {"seconds": -1}}}}, terminationGracePeriodSeconds=60),
            ["spec.containers[0].lifecycle.preStop.sleep: Invalid value: -1: must be non-negative and less ..."],
        ),
        (
            having({"lifecycle": {"stopSignal": "SIGTERM"}}),
            ["spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set for containers with empty ..."],
        ),
        (
            having({"lifecycle": {"stopSignal": "SIGHUP"}}, os={"name": "windows"}),
            ['spec.containers[0].lifecycle.stopSignal: Unsupported value: "SIGHUP": supported values: ...'],
        ),
    ],
)
def test_hooks_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


def test_a_sidecar_has_probes_and_hooks_and_a_stop_signal(make: harness.Maker) -> None:
    sidecar = {
        "name": "side",
        "image": "side:1",
        "restartPolicy": "Always",
        "startupProbe": {"exec": {"command": ["true"]}},
        "lifecycle": {"stopSignal": "SIGUSR1", "preStop": {"sleep": {"seconds": 1}}},
    }
    assert not wrong(make, having({}, initContainers=[sidecar], os={"name": "linux"}))
