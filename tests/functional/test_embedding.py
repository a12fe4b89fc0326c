"""A server inside a program: served in the program's own event loop for as long as a block runs."""

from __future__ import annotations

import socket
from pathlib import Path

import aiohttp
import pytest

import kroute
from tests.tools import toys

WIDGETS = "/apis/toys.example.org/v1/namespaces/default/widgets"
WIDGET = {
    "apiVersion": "toys.example.org/v1",
    "kind": "Widget",
    "metadata": {"name": "a"},
    "spec": {"size": 3},
}


async def test_objects_are_served_while_the_block_runs() -> None:
    async with toys.server.serve() as running, aiohttp.ClientSession(running.url) as session:
        async with session.post(WIDGETS, json=WIDGET) as response:
            assert response.status == 201
        async with session.get(f"{WIDGETS}/a") as response:
            assert (await response.json())["spec"] == {"size": 3}
        directory = running.directory.path
        assert running.kubeconfig.exists()
    assert not directory.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", running.port))


async def test_two_times_served_are_two_stores() -> None:
    async with toys.server.serve() as first, toys.server.serve() as second, aiohttp.ClientSession() as session:
        async with session.post(first.url + WIDGETS, json=WIDGET) as response:
            assert response.status == 201
        async with session.get(second.url + WIDGETS) as response:
            assert (await response.json())["items"] == []


async def test_with_tls_the_administrators_certificate_lets_in() -> None:
    async with toys.server.serve(tls=True) as running, aiohttp.ClientSession(running.url) as session:
        assert running.url.startswith("https://")
        async with session.get(WIDGETS, ssl=running.ssl_context()) as response:
            assert response.status == 200


async def test_a_data_directory_is_kept(tmp_path: Path) -> None:
    async with toys.server.serve(data_dir=tmp_path, storage="memory://") as running:
        assert running.kubeconfig == tmp_path / "kubeconfig"
    assert running.kubeconfig.exists()


async def test_without_tls_other_machines_are_not_let_in_by_accident() -> None:
    with pytest.raises(kroute.CannotServe, match="without TLS everybody at 0\\.0\\.0\\.0 would be an administrator"):
        async with toys.server.serve(host="0.0.0.0"):
            pass


async def test_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(kroute.CannotServe, match=f"can't listen at 127.0.0.1:{port}"):
            async with toys.server.serve(port=port):
                pass


async def test_an_unknown_store_is_said() -> None:
    with pytest.raises(kroute.CannotServe, match="nonsense"):
        async with toys.server.serve(storage="nonsense://"):
            pass


async def test_an_error_in_the_block_ends_the_server_and_goes_on() -> None:
    with pytest.raises(KeyError, match="mine"):
        async with toys.server.serve() as running:
            raise KeyError("mine")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", running.port))


async def test_metrics_count_objects_and_watch_events() -> None:
    async with toys.server.serve() as running, aiohttp.ClientSession(running.url) as session:
        async with session.post(WIDGETS, json=WIDGET) as response:
            assert response.status == 201
        async with session.get(f"{WIDGETS}?watch=true") as response:
            assert b"ADDED" in await response.content.readline()
        async with session.get("/metrics") as response:
            text = await response.text()
    assert 'apiserver_storage_objects{resource="widgets.toys.example.org"} 1.0' in text
    assert 'apiserver_watch_events_total{group="toys.example.org",resource="widgets",version="v1"} 1.0' in text
