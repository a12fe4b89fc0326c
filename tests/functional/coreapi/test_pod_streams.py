"""Logs and connections of pods where no kubelet answers."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.functional.coreapi.conftest import Core


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port of this machine that stays taken, and where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def node(core: Core, port: int) -> str:
    name = f"node-{core.namespace}"
    assert core.send("POST", "/api/v1/nodes", {"metadata": {"name": name}}).status == 201
    addresses = [{"type": "InternalIP", "address": "127.0.0.1"}]
    status = {"addresses": addresses, "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}
    assert core.patch(f"/api/v1/nodes/{name}/status", {"status": status}).status == 200
    return name


def test_one_of_several_containers_has_to_be_named(core: Core) -> None:
    core.pod("web", containers=2, initContainers=[{"name": "setup", "image": "app:1"}])
    found = core.get(core.path("pods/web/log"))
    assert (found.status, found.message) == (
        400,
        "a container name must be specified for pod web, choose one of: [setup c0 c1]",
    )
    assert core.get(core.path("pods/web/log?container=setup")).status == 204


def test_two_starts_of_a_log_are_one_too_many(core: Core) -> None:
    core.pod("web")
    found = core.get(core.path("pods/web/log?sinceSeconds=5&sinceTime=2024-01-01T00:00:00Z"))
    assert (found.status, found.body["reason"]) == (422, "Invalid")
    assert found.body["details"]["causes"][0]["reason"] == "FieldValueForbidden"


def test_a_number_that_is_none_is_refused(core: Core) -> None:
    core.pod("web")
    assert core.get(core.path("pods/web/log?tailLines=many")).status == 400


def test_a_node_that_is_not_there_is_not_found(core: Core) -> None:
    core.pod("web", node="gone")
    for path in ("log", "exec?command=ls", "attach", "portforward"):
        found = core.get(core.path(f"pods/web/{path}"))
        assert (found.status, found.message) == (404, 'nodes "gone" not found')


def test_a_kubelet_that_does_not_answer_is_told_of(core: Core) -> None:
    with silent_port() as port:
        core.pod("web", node=node(core, port))
        found = core.get(core.path("pods/web/log?tailLines=3"))
        dial = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
        url = f"https://127.0.0.1:{port}/containerLogs/{core.namespace}/web/c0?tailLines=3"
        assert (found.status, found.message) == (500, f'Get "{url}": {dial}')
        upgrade = {"Connection": "Upgrade", "Upgrade": "SPDY/3.1"}
        found = core.send("POST", core.path("pods/web/exec?command=ls"), headers=upgrade.items())
        assert (found.status, found.message) == (500, f"error dialing backend: {dial}")


@pytest.mark.parametrize("path", ["exec?command=ls", "attach?stdout=true", "portforward"])
def test_connections_have_to_change_their_protocol(core: Core, path: str) -> None:
    with silent_port() as port:
        core.pod("web", node=node(core, port))
        found = core.get(core.path(f"pods/web/{path}"))
        assert (found.status, found.message) == (400, "Upgrade request required")
