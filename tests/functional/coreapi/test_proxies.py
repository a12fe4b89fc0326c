"""Requests for nodes, pods and services by way of the server."""

from __future__ import annotations

import http.server
import itertools
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kroute import app
from kroute.server import certificates
from kroute.testing import serving
from tests.functional.coreapi.conftest import Core

NAMES = [
    "namespaces", "nodes", "pods", "serviceaccounts", "services", "endpoints", "endpointslices", "ipaddresses",
    "servicecidrs",
]  # fmt: skip
NUMBERS = itertools.count(1)
SLICES = "/apis/discovery.k8s.io/v1"


class Kubelet(http.server.BaseHTTPRequestHandler):
    """Says what it was asked for."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(f"{self.command} {self.path}".encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(418)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def kubelet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port at which one listens."""
    found = certificates.Directory(tmp_path_factory.mktemp("kubelet") / "certificates")
    certificates.ensure(found)
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(found.serving_certificate, found.serving_key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Kubelet) as listening:
        listening.socket = secured.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def core_server() -> Iterator[app.Running]:
    with serving.running(app.APIServer(core=NAMES), controllers=["-*"]) as running:
        yield running


@pytest.fixture
def node(core: Core, kubelet: int) -> str:
    """A node with that kubelet, which is at an address of this machine."""
    name = f"node-{next(NUMBERS)}"
    assert core.send("POST", "/api/v1/nodes", {"metadata": {"name": name}}).status == 201
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet}},
    }
    assert core.patch(f"/api/v1/nodes/{name}/status", {"status": status}).status == 200
    return f"/api/v1/nodes/{name}"


def service(core: Core, **spec: Any) -> None:
    body = {"metadata": {"name": "web"}, "spec": {"ports": [{"name": "http", "port": 80}], **spec}}
    assert core.create("services", body).status == 201


def endpoints(core: Core, **endpoint: Any) -> None:
    body = {
        "metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4",
        "endpoints": [endpoint],
        "ports": [{"name": "http", "port": 8080}],
    }
    assert core.create("endpointslices", body, api=SLICES).status == 201


def test_a_kubelet_is_asked_as_the_client_asks(core: Core, node: str) -> None:
    found = core.get(f"{node}/proxy/stats/summary?only=cpu")
    assert (found.status, found.body) == (200, "GET /stats/summary?only=cpu")
    found = core.send("POST", f"{node}/proxy/run", b"what", content_type="text/plain")
    assert (found.status, found.body) == (418, "what")


def test_a_kubelets_port_may_be_named(core: Core, node: str, kubelet: int) -> None:
    assert core.get(f"{node}:{kubelet}/proxy/pods").body == "GET /pods"


def test_nothing_else_of_this_machine_is_reached_by_way_of_a_node(core: Core, node: str) -> None:
    found = core.get(f"{node}:1/proxy/")
    assert (found.status, found.message) == (400, "address not allowed")


def test_the_root_of_a_kubelet_has_a_slash(core: Core, node: str) -> None:
    found = core.get(f"{node}/proxy")
    assert (found.status, found.headers["Location"]) == (301, f"{node}/proxy/")


def test_a_node_without_addresses_is_not_reached(core: Core) -> None:
    name = f"node-{next(NUMBERS)}"
    core.send("POST", "/api/v1/nodes", {"metadata": {"name": name}})
    found = core.get(f"/api/v1/nodes/{name}/proxy/")
    assert (found.status, found.message) == (500, "no preferred addresses found; known addresses: []")


@pytest.mark.parametrize("plural", ["nodes", "pods", "services"])
def test_what_is_not_there_is_not_found(plural: str, core: Core) -> None:
    path = "/api/v1/nodes/gone" if plural == "nodes" else core.path(f"{plural}/gone:80")
    found = core.get(f"{path}/proxy/")
    assert (found.status, found.message) == (404, f'{plural} "gone" not found')


@pytest.mark.parametrize("name", ["ftp:web:80", "web:80:a:b", ":80"])
def test_names_have_a_scheme_a_name_and_a_port_at_most(name: str, core: Core) -> None:
    found = core.get(core.path(f"pods/{name}/proxy/"))
    assert (found.status, found.message) == (400, f'invalid pod request "{name}"')


@pytest.mark.parametrize("address", ["", "127.0.0.1", "169.254.1.1", "::1"])
def test_pods_are_not_at_addresses_of_this_machine(address: str, core: Core) -> None:
    core.pod("web")
    status = {"podIPs": [{"ip": address}], "podIP": address} if address else {}
    assert core.patch("pods/web/status", {"status": status}).status == 200
    found = core.get(core.path("pods/web:80/proxy/"))
    assert (found.status, found.message) == (400, "address not allowed")


def test_a_service_without_endpoints_is_not_available(core: Core) -> None:
    service(core)
    found = core.get(core.path("services/web:http/proxy/"))
    assert (found.status, found.message) == (503, 'no endpoints available for service "web"')


def test_a_service_is_asked_at_a_port_of_its_own(core: Core) -> None:
    service(core)
    found = core.get(core.path("services/web:81/proxy/"))
    assert (found.status, found.message) == (503, 'no service port 81 found for service "web"')


def test_endpoints_that_are_no_pods_of_the_namespace_are_not_reached(core: Core) -> None:
    service(core)
    endpoints(core, addresses=["10.255.255.1"])
    assert core.get(core.path("services/web:http/proxy/")).status == 503


def test_endpoints_at_an_address_that_is_not_their_pods_are_not_reached(core: Core) -> None:
    service(core)
    core.pod("web")
    status = {"podIP": "10.255.255.2", "podIPs": [{"ip": "10.255.255.2"}]}
    assert core.patch("pods/web/status", {"status": status}).status == 200
    reference = {"kind": "Pod", "name": "web", "namespace": core.namespace}
    endpoints(core, addresses=["10.255.255.1"], targetRef=reference)
    assert core.get(core.path("services/web:80/proxy/")).message == 'no endpoints available for service "web"'


def test_the_protocol_of_a_connection_may_not_change(core: Core, node: str) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    assert core.send("GET", f"{node}/proxy/", headers=upgrade.items()).status == 400
