"""Services and the kinds around them, as clients see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kroute import app
from kroute.testing import serving
from tests.functional.coreapi.conftest import Core

NAMES = [
    "namespaces", "serviceaccounts", "services", "endpoints", "endpointslices", "ingresses", "networkpolicies",
    "ipaddresses", "servicecidrs",
]  # fmt: skip
NETWORKING, DISCOVERY = "/apis/networking.k8s.io/v1", "/apis/discovery.k8s.io/v1"
ADDRESSES = f"{NETWORKING}/ipaddresses"
STRATEGIC = "application/strategic-merge-patch+json"
PORTS = [{"port": 80}]
BACKEND = {"service": {"name": "web", "port": {"number": 80}}}


@pytest.fixture(scope="module")
def core_server() -> Iterator[app.Running]:
    with serving.running(app.APIServer(core=NAMES), controllers=["-*"]) as running:
        yield running


def made(core: Core, path: str, name: str, *, api: str = "/api/v1", **rest: Any) -> Any:
    found = core.create(path, {"metadata": {"name": name}, **rest}, api=api)
    assert found.status == 201, found.body
    return found.body


def service(core: Core, name: str = "web", **spec: Any) -> Any:
    return made(core, "services", name, spec={"ports": PORTS, **spec})


def ingress(core: Core) -> Any:
    return made(core, "ingresses", "web", api=NETWORKING, spec={"defaultBackend": BACKEND})


def owned(core: Core) -> set[str]:
    """The addresses of this test's services."""
    found = core.read(ADDRESSES)["items"]
    return {each["metadata"]["name"] for each in found if each["spec"]["parentRef"]["namespace"] == core.namespace}


def test_a_replaced_service_keeps_what_it_was_given(core: Core) -> None:
    old = service(core, type="NodePort")
    new = {"metadata": {"name": "web"}, "spec": {"type": "NodePort", "ports": PORTS, "selector": {"app": "web"}}}
    found = core.send("PUT", core.path("services/web"), new)
    assert found.status == 200
    assert found.body["spec"] == {**old["spec"], "selector": {"app": "web"}}


def test_a_port_that_a_strategic_patch_adds_gets_a_node_port(core: Core) -> None:
    old = service(core, type="NodePort", ports=[{"name": "http", "port": 80}])
    patch = {"spec": {"ports": [{"name": "https", "port": 443}]}}
    found = core.send("PATCH", core.path("services/web"), patch, content_type=STRATEGIC)
    ports = {each["name"]: each["nodePort"] for each in found.body["spec"]["ports"]}
    assert ports["http"] == old["spec"]["ports"][0]["nodePort"]
    assert ports["https"] not in (0, ports["http"])


def test_a_service_that_becomes_a_name_gives_its_address_back(core: Core) -> None:
    old = service(core)
    assert owned(core) == set(old["spec"]["clusterIPs"])
    found = core.patch("services/web", {"spec": {"type": "ExternalName", "externalName": "db.example.com"}})
    assert found.status == 200
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"} & found.body["spec"].keys()
    assert not owned(core)


def test_an_address_that_is_taken_is_refused_to_others(core: Core) -> None:
    taken = service(core)["spec"]["clusterIP"]
    found = core.create("services", {"metadata": {"name": "other"}, "spec": {"ports": PORTS, "clusterIP": taken}})
    assert (found.status, found.message) == (
        422,
        f'Service "other" is invalid: spec.clusterIPs: Invalid value: ["{taken}"]: failed to allocate IP {taken}: '
        "provided IP is already allocated",
    )


def test_services_that_are_deleted_together_give_everything_back(core: Core) -> None:
    for name in ("a", "b", "c"):
        service(core, name, type="NodePort")
    assert len(owned(core)) == 3
    assert core.send("DELETE", core.path("services")).status == 200
    assert not owned(core)


def test_endpoints_go_with_their_service(core: Core) -> None:
    service(core)
    for name in ("web", "other"):
        made(core, "endpoints", name, subsets=[{"addresses": [{"ip": "10.1.0.1"}], "ports": PORTS}])
    assert core.send("DELETE", core.path("services/web")).status == 200
    assert [each["metadata"]["name"] for each in core.read("endpoints")["items"]] == ["other"]


def test_clients_of_endpoints_are_sent_to_slices(core: Core) -> None:
    made(core, "endpoints", "web")
    found = core.get(core.path("endpoints/web"))
    assert "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice" in found.headers["Warning"]


def test_a_status_is_written_apart_from_the_rest(core: Core) -> None:
    service(core, type="LoadBalancer")
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    assert core.patch("services/web", {"status": status}).body["status"] == {"loadBalancer": {}}
    found = core.patch("services/web/status", {"status": status, "spec": {"selector": {"app": "other"}}})
    assert found.body["status"]["loadBalancer"]["ingress"] == [{"ip": "192.0.2.1", "ipMode": "VIP"}]
    assert "selector" not in found.body["spec"]


def test_the_status_of_a_load_balancer_goes_with_its_type(core: Core) -> None:
    service(core, type="LoadBalancer")
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    assert core.patch("services/web/status", {"status": status}).status == 200
    assert core.patch("services/web", {"spec": {"type": "ClusterIP"}}).body["status"] == {"loadBalancer": {}}


def test_a_status_of_an_ingress_does_not_count_as_a_change(core: Core) -> None:
    assert ingress(core)["metadata"]["generation"] == 1
    status = {"loadBalancer": {"ingress": [{"ip": "010.0.0.1"}, {"hostname": "web.example.com"}]}}
    found = core.patch(core.path("ingresses/web/status", NETWORKING), {"status": status})
    assert (found.status, "must not have leading 0s" in found.message) == (422, True)
    status["loadBalancer"]["ingress"][0]["ip"] = "2001:DB8::1"
    found = core.patch(core.path("ingresses/web/status", NETWORKING), {"status": status})
    assert found.body["metadata"]["generation"] == 1
    assert "should be in RFC 5952 canonical format" in found.headers["Warning"]
    changed = {"spec": {"ingressClassName": "nginx"}, "status": {"loadBalancer": {}}}
    found = core.patch(core.path("ingresses/web", NETWORKING), changed)
    assert found.body["metadata"]["generation"] == 2
    assert len(found.body["status"]["loadBalancer"]["ingress"]) == 2


def test_changes_of_policies_are_counted(core: Core) -> None:
    policy = made(core, "networkpolicies", "web", api=NETWORKING, spec={"podSelector": {}})
    assert (policy["metadata"]["generation"], policy["spec"]["policyTypes"]) == (1, ["Ingress"])
    path = core.path("networkpolicies/web", NETWORKING)
    assert core.patch(path, {"metadata": {"labels": {"a": "b"}}}).body["metadata"]["generation"] == 1
    assert core.patch(path, {"spec": {"ingress": [{}]}}).body["metadata"]["generation"] == 2


def test_the_older_topology_of_endpoints_is_not_written_any_more(core: Core) -> None:
    endpoint = {"addresses": ["10.1.0.1"], "deprecatedTopology": {"kubernetes.io/hostname": "node-1"}}
    body = {"addressType": "IPv4", "endpoints": [endpoint], "ports": []}
    slice_ = made(core, "endpointslices", "web-1", api=DISCOVERY, **body)
    assert slice_["endpoints"][0].keys() == {"addresses", "conditions"}


def test_an_address_of_a_service_can_not_be_lost(core: Core) -> None:
    (address,) = service(core)["spec"]["clusterIPs"]
    assert core.send("DELETE", f"{ADDRESSES}/{address}").status == 200
    assert owned(core) == {address}


def test_the_default_range_is_there_and_ready(core: Core) -> None:
    found = core.read(f"{NETWORKING}/servicecidrs/kubernetes")
    assert len(found["spec"]["cidrs"]) == 1
    assert [(each["type"], each["status"]) for each in found["status"]["conditions"]] == [("Ready", "True")]
