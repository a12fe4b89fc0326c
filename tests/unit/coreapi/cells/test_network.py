"""The tables of services, ingresses, endpoints, nodes, addresses and events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.coreapi.cells.harness import Cells


@pytest.mark.parametrize(
    "spec, status, shown",
    [
        ({"type": "ExternalName", "externalName": "db.example.com"}, {},
         ["ExternalName", "<none>", "db.example.com", "<none>", "5s", "<none>"]),
        ({"type": "ClusterIP", "clusterIPs": ["None"], "externalIPs": ["192.0.2.7"],
          "ports": [{"port": 443, "protocol": "TCP"}]}, {},
         ["ClusterIP", "None", "192.0.2.7", "443/TCP", "5s", "<none>"]),
        ({"type": "ClusterIP", "clusterIPs": ["10.96.0.1", "fd00::1"], "selector": {"tier": "x", "app": "web"},
          "ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}, {},
         ["ClusterIP", "10.96.0.1", "<none>", "80/TCP,53/UDP", "5s", "app=web,tier=x"]),
        ({"type": "NodePort", "clusterIPs": ["10.96.0.1"],
          "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]},
         {}, ["NodePort", "10.96.0.1", "<none>", "80:30080/TCP", "5s", "<none>"]),
        ({"type": "LoadBalancer"}, {}, ["LoadBalancer", "<none>", "<pending>", "<none>", "5s", "<none>"]),
        ({"type": "LoadBalancer", "externalIPs": ["192.0.2.9"]},
         {"loadBalancer": {"ingress": [{"ip": "192.0.2.8"}, {"hostname": "lb.example.com"}, {"ip": "192.0.2.1"}, {}]}},
         ["LoadBalancer", "<none>", "192.0.2.1,192.0.2.8,lb.example.com,192.0.2.9", "<none>", "5s", "<none>"]),
    ],
    ids=["external-name", "headless", "cluster-ip", "node-port", "pending", "load-balancer"],
)  # fmt: skip
def test_services(cells: Cells, spec: dict[str, Any], status: dict[str, Any], shown: list[Any]) -> None:
    assert cells("v1/Service", spec=spec, status=status) == ["a", *shown]


def test_ingresses(cells: Cells) -> None:
    assert cells("networking.k8s.io/v1/Ingress", spec={}) == ["a", "<none>", "*", "", "80", "5s"]
    spec = {
        "ingressClassName": "nginx",
        "tls": [{}],
        "rules": [{"host": "a"}, {"http": {}}, {"host": "b"}, {"host": "c"}, {"host": "d"}],
    }
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    assert cells("networking.k8s.io/v1/Ingress", spec=spec, status=status) == [
        "a", "nginx", "a,b,c + 2 more...", "192.0.2.1", "80, 443", "5s",
    ]  # fmt: skip


def test_ingress_classes(cells: Cells) -> None:
    spec: dict[str, Any] = {"controller": "example.com/c"}
    assert cells("networking.k8s.io/v1/IngressClass", spec=spec) == ["a", "example.com/c", "<none>", "5s"]
    parameters = {"apiGroup": "example.com", "kind": "P", "name": "p"}
    assert cells("networking.k8s.io/v1/IngressClass", spec={**spec, "parameters": parameters})[2] == "P.example.com/p"
    assert cells("networking.k8s.io/v1/IngressClass", spec={"parameters": {"kind": "P", "name": "p"}})[2] == "P/p"
    metadata = {"name": "a", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    assert cells("networking.k8s.io/v1/IngressClass", metadata=metadata)[0] == "a (default)"


def test_network_policies(cells: Cells) -> None:
    assert cells("networking.k8s.io/v1/NetworkPolicy", spec={"podSelector": {}}) == ["a", "<none>", "5s"]
    selector = {"matchLabels": {"app": "web"}}
    assert cells("networking.k8s.io/v1/NetworkPolicy", spec={"podSelector": selector})[1] == "app=web"


@pytest.mark.parametrize(
    "subsets, shown",
    [
        (None, "<none>"),
        ([{"addresses": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]}], "10.0.0.1,10.0.0.2"),
        ([{"addresses": [{"ip": "fd00::1"}], "ports": [{"port": 80}, {"port": 81}]}], "[fd00::1]:80,[fd00::1]:81"),
        (
            [{"addresses": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}], "ports": [{"port": 80}, {"port": 81}]}],
            "10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...",
        ),
    ],
)
def test_endpoints(cells: Cells, subsets: Any, shown: str) -> None:
    assert cells("v1/Endpoints", subsets=subsets) == ["a", shown, "5s"]


def test_endpoint_slices(cells: Cells) -> None:
    kind = "discovery.k8s.io/v1/EndpointSlice"
    assert cells(kind, addressType="IPv4", endpoints=[], ports=None) == ["a", "IPv4", "<unset>", "<unset>", "5s"]
    ports = [{"port": 80}, {"name": "http"}, {}, {"port": 81}]
    endpoints = [{"addresses": ["10.0.0.1", "10.0.0.2"]}, {"addresses": ["10.0.0.3"]}]
    assert cells(kind, addressType="IPv4", endpoints=endpoints, ports=ports)[2:4] == [
        "80,http,* + 1 more...",
        "10.0.0.1,10.0.0.2,10.0.0.3",
    ]


def test_service_ranges_and_addresses(cells: Cells) -> None:
    assert cells("networking.k8s.io/v1/ServiceCIDR", spec={"cidrs": ["10.96.0.0/16", "fd00::/108"]}) == [
        "a", "10.96.0.0/16,fd00::/108", "5s",
    ]  # fmt: skip
    parent = {"group": "", "resource": "services", "namespace": "ns", "name": "web"}
    assert cells("networking.k8s.io/v1/IPAddress", spec={"parentRef": parent}) == ["a", "services/ns/web"]
    parent = {"group": "example.com", "resource": "gateways", "name": "g"}
    assert cells("networking.k8s.io/v1/IPAddress", spec={"parentRef": parent})[1] == "gateways.example.com/g"


def test_nodes(cells: Cells) -> None:
    assert cells("v1/Node", spec={}, status={}) == [
        "a", "Unknown", "<none>", "5s", "", "<none>", "<none>", "<unknown>", "<unknown>", "<unknown>",
    ]  # fmt: skip
    labels = {
        "node-role.kubernetes.io/control-plane": "",
        "node-role.kubernetes.io/": "",
        "kubernetes.io/role": "edge",
    }
    info = {"kubeletVersion": "v1.36.0", "osImage": "Linux", "kernelVersion": "6.1", "architecture": "amd64",
            "containerRuntimeVersion": "containerd://2.0"}  # fmt: skip
    addresses = [{"type": "InternalIP", "address": "10.0.0.5"}, {"type": "ExternalIP", "address": "192.0.2.5"}]
    status = {
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True"}],
        "addresses": addresses,
        "nodeInfo": info,
    }
    row = cells("v1/Node", metadata={"name": "a", "labels": labels}, spec={"unschedulable": True}, status=status)
    assert row == [
        "a", "Ready,SchedulingDisabled", "control-plane,edge", "<unknown>", "v1.36.0", "10.0.0.5", "192.0.2.5",
        "Linux", "6.1 (amd64)", "containerd://2.0",
    ]  # fmt: skip
    unknown = {"conditions": [{"type": "Ready", "status": "Unknown"}]}
    assert cells("v1/Node", status=unknown)[1] == "NotReady"


def test_components(cells: Cells) -> None:
    assert cells("v1/ComponentStatus") == ["a", "Unknown", "", ""]
    well = [{"type": "Healthy", "status": "True", "message": "ok"}]
    assert cells("v1/ComponentStatus", conditions=well) == ["a", "Healthy", "ok", ""]
    ill = [{"type": "Healthy", "status": "False", "message": "no", "error": "e"}]
    assert cells("v1/ComponentStatus", conditions=ill) == ["a", "Unhealthy", "no", "e"]


def test_events_of_the_core_group(cells: Cells) -> None:
    row = cells(
        "v1/Event",
        involvedObject={"kind": "Pod", "name": "web", "fieldPath": "spec.containers{main}"},
        reason="Slow",
        message=" not so fast \n",
        type="Warning",
        source={"component": "mine", "host": "h"},
        firstTimestamp="2023-11-14T21:13:20Z",
        lastTimestamp="2023-11-14T22:12:50Z",
        count=7,
    )
    assert row == [
        "30s", "Warning", "Slow", "pod/web", "spec.containers{main}", "mine, h", "not so fast", "60m", 7, "a",
    ]  # fmt: skip


def test_events_of_the_newer_form(cells: Cells) -> None:
    newer = {"eventTime": "2023-11-14T22:03:20.000000Z", "reportingInstance": "i-0"}
    row = cells("v1/Event", involvedObject={"kind": "Pod"}, reportingComponent="c", **newer)
    assert row == ["10m", "", "", "pod", "", "c, i-0", "", "10m", 1, "a"]
    series = {"count": 3, "lastObservedTime": "2023-11-14T22:13:10.500000Z"}
    row = cells("events.k8s.io/v1/Event", regarding={"kind": "Pod", "name": "p"}, note="n", series=series,
                reportingController="c", **newer)  # fmt: skip
    assert row == ["9s", "", "", "pod/p", "", "c, i-0", "n", "10m", 3, "a"]


def test_an_event_without_any_time(cells: Cells) -> None:
    row = cells("events.k8s.io/v1/Event", regarding={}, deprecatedCount=4)
    assert row == ["<unknown>", "", "", "", "", "", "", "<unknown>", 4, "a"]
