"""Whether other servers can be reached, in kube-aggregator's words, and what is answered when they can't."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.fixtures import aggregation
from tests.fixtures.aggregation import API_SERVICES, BASE, NAME, Aggregator, Other

THINGS = f"{BASE}/namespaces/shop/things"
SHOP = "/api/v1/namespaces/shop"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices"


async def test_a_service_that_is_not_there(aggregator: Aggregator, other: Other) -> None:
    await aggregator.send("POST", API_SERVICES, other.api_service())
    assert await aggregator.condition("ServiceNotFound") == 'service/other in "shop" is not present'
    found = await aggregator.get(THINGS)
    assert (found.status, found.text) == (503, "service unavailable\n")
    assert found.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_a_service_that_comes_later_is_noticed(aggregator: Aggregator, other: Other) -> None:
    await aggregator.send("POST", API_SERVICES, other.api_service())
    await aggregator.condition("ServiceNotFound")
    await aggregator.send("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
    spec = {"type": "ExternalName", "externalName": "localhost"}
    await aggregator.send("POST", f"{SHOP}/services", {"metadata": {"name": "other"}, "spec": spec})
    assert await aggregator.condition("Passed") == "all checks passed"
    await aggregator.send("DELETE", f"{SHOP}/services/other")
    await aggregator.condition("ServiceNotFound")


async def with_cluster_ip(aggregator: Aggregator, other: Other, port: int) -> None:
    await aggregator.send("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
    spec = {"ports": [{"name": "web", "port": port}]}
    await aggregator.send("POST", f"{SHOP}/services", {"metadata": {"name": "other"}, "spec": spec})
    service = {"namespace": "shop", "name": "other", "port": 8443}
    await aggregator.send("POST", API_SERVICES, other.api_service(service=service))


async def test_a_service_without_that_port(aggregator: Aggregator, other: Other) -> None:
    await with_cluster_ip(aggregator, other, 80)
    assert await aggregator.condition("ServicePortError") == 'service/other in "shop" is not listening on port 8443'


async def test_a_service_without_endpoints(aggregator: Aggregator, other: Other) -> None:
    await with_cluster_ip(aggregator, other, 8443)
    found = await aggregator.condition("EndpointsNotFound")
    assert found == 'cannot find endpointslices for service/other in "shop"'
    empty = {
        "metadata": {"name": "other-1", "labels": {"kubernetes.io/service-name": "other"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.1.2.3"], "conditions": {"ready": False}}],
        "ports": [{"name": "web", "port": 8443}],
    }
    await aggregator.send("POST", SLICES, empty)
    found = await aggregator.condition("MissingEndpoints")
    assert found == 'endpointslices for service/other in "shop" have no addresses with port name "web"'


async def test_a_server_that_nobody_runs(aggregator: Aggregator, other: Other) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        other.port = taken.getsockname()[1]
        message = await aggregator.register(other.api_service(), "FailedDiscoveryCheck")
        url = f"https://localhost:{other.port}{BASE}"
        refused = f'Get "{url}": dial tcp localhost:{other.port}: connect: connection refused'
        assert message == f"failing or missing response from {url}: {refused}"


async def failing(aggregator: Aggregator, other: Other, **spec: Any) -> str:
    """What is said after the URL of a server that is not available."""
    message = await aggregator.register(other.api_service(**spec), "FailedDiscoveryCheck")
    url = f"https://localhost:{other.port}{BASE}"
    assert message.startswith(f"failing or missing response from {url}: ")
    found = await aggregator.get(THINGS)
    assert (found.status, found.text) == (503, "service unavailable\n")
    assert other.requests(THINGS) == []
    return message.removeprefix(f"failing or missing response from {url}: ").removeprefix(f'Get "{url}": ')


async def test_a_certificate_of_another_authority(aggregator: Aggregator, other: Other, tmp_path: Path) -> None:
    async with aggregation.other(tmp_path / "third") as third:
        other.bundle = third.bundle
    text = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    assert await failing(aggregator, other) == text


async def test_a_certificate_for_another_name(aggregator: Aggregator, tmp_path: Path) -> None:
    async with aggregation.other(tmp_path / "third", hostname="third.shop.svc") as third:
        text = "tls: failed to verify certificate: x509: certificate is not valid for any names"
        assert (await failing(aggregator, third)).startswith(text)


async def test_a_certificate_that_nobody_checks(aggregator: Aggregator, tmp_path: Path) -> None:
    async with aggregation.other(tmp_path / "third", hostname="third.shop.svc") as third:
        spec = {"caBundle": None, "insecureSkipTLSVerify": True}
        assert await aggregator.register(third.api_service(**spec)) == "all checks passed"


@pytest.mark.parametrize("status", [302, 403, 404, 500])
async def test_a_server_that_refuses(aggregator: Aggregator, other: Other, status: int) -> None:
    async def refuse(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    other.paths[BASE] = refuse
    url = f"https://localhost:{other.port}{BASE}"
    assert await failing(aggregator, other) == f"bad status from {url}: {status}"


async def test_a_server_that_speaks_no_http(aggregator: Aggregator, other: Other) -> None:
    async def garbage(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"\x16\x03 this is no HTTP\r\n\r\n")
        request.transport.close()
        return web.Response()

    other.paths[BASE] = garbage
    text = "net/http: HTTP/1.x transport connection broken: malformed HTTP response"
    assert (await failing(aggregator, other)).startswith(text)


async def test_a_server_that_hangs_up(aggregator: Aggregator, other: Other) -> None:
    async def hang_up(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    other.paths[BASE] = hang_up
    assert await failing(aggregator, other) == "EOF"


async def test_a_slow_server(aggregator: Aggregator, other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kroute.aggregator.availability.PATIENCE", 0.2)

    async def wait(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    other.paths[BASE] = wait
    text = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    assert await failing(aggregator, other) == text


async def test_a_server_that_dies_while_it_is_thought_to_be_there(aggregator: Aggregator, tmp_path: Path) -> None:
    async with aggregation.other(tmp_path / "third") as third:
        await aggregator.register(third.api_service())
    found = await aggregator.get(THINGS)
    refused = f"error trying to reach service: dial tcp localhost:{third.port}: connect: connection refused\n"
    assert found.status == 503
    assert found.text in (refused, "service unavailable\n")


async def test_a_bundle_that_is_none(aggregator: Aggregator, other: Other) -> None:
    made = await aggregator.register(other.api_service(caBundle="bm90aGluZw=="), "FailedDiscoveryCheck")
    assert made.endswith("unable to load root certificates: unable to parse bytes as PEM block")


async def test_an_api_service_without_a_server_is_this_servers_own(aggregator: Aggregator, other: Other) -> None:
    await aggregator.register(other.api_service())
    there = (await aggregator.get(f"{API_SERVICES}/{NAME}")).json
    for field in ("service", "caBundle"):
        del there["spec"][field]
    assert (await aggregator.send("PUT", f"{API_SERVICES}/{NAME}", there)).status == 200
    assert await aggregator.condition("Local") == "Local APIServices are always available"
    assert (await aggregator.get(THINGS)).status == 404
    assert other.requests(THINGS) == []
