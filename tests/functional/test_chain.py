"""Which servers there are: each can be left out, and what is left out isn't there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kroute import app, chain
from tests.fixtures import commands

WHOLE = chain.Chain(core=True, extensions=True, aggregator=True)
LISTS = {
    "core": "/api/v1/namespaces",
    "extensions": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "aggregator": "/apis/apiregistration.k8s.io/v1/apiservices",
}


@pytest.mark.parametrize(
    "options",
    [
        {"core": ["namespaces"]},
        {"extensions": True},
        {"aggregator": True},
        {"core": ["namespaces"], "extensions": True},
        {"extensions": True, "aggregator": True},
        {"core": ["namespaces"], "extensions": True, "aggregator": True},
    ],
    ids=lambda options: "+".join(options),
)
async def test_each_server_runs_with_or_without_the_others(options: dict[str, Any]) -> None:
    async with app.APIServer(**options).serve() as running, aiohttp.ClientSession() as session:
        for name, path in LISTS.items():
            async with session.get(running.url + path) as answer:
                assert answer.status == (200 if name in options else 404), path
        async with session.get(f"{running.url}/metrics") as answer:
            assert "apiserver_storage_objects" in await answer.text()
        async with session.get(f"{running.url}/openapi/v3") as answer:
            sections = (await answer.json(content_type=None))["paths"]
    assert ("apis/apiextensions.k8s.io/v1" in sections) == ("extensions" in options)


async def test_hooks_and_checks_of_inner_servers_are_told_by_the_outermost() -> None:
    server = app.APIServer(core=["namespaces"], extensions=True, aggregator=True)
    async with server.serve() as running, aiohttp.ClientSession() as session:
        async with session.get(f"{running.url}/readyz?verbose") as answer:
            text = await answer.text()
        async with session.get(running.url) as answer:
            paths = (await answer.json())["paths"]
    for check in ("etcd", "poststarthook/start-apiextensions-controllers", "autoregister-completion"):
        assert check in text
    assert {"/api/v1", "/apis/apiextensions.k8s.io/v1", "/apis/apiregistration.k8s.io/v1", "/livez/etcd"} <= set(paths)


def test_a_chain_is_narrowed_to_the_servers_that_are_named() -> None:
    assert WHOLE.only(("core", "extensions", "aggregator")) == WHOLE
    assert WHOLE.only(("extensions",)) == chain.Chain(extensions=True)
    assert chain.Chain(core=["pods"]).only(("core", "aggregator")) == chain.Chain(core=["pods"])
    assert [WHOLE.only((name,)).example for name in ("core", "extensions", "aggregator")] == [
        "namespaces",
        "crds",
        "apiservices",
    ]


def test_a_server_that_there_is_not_is_a_mistake() -> None:
    done = commands.run("serve", "--servers=core,exts")
    assert done.returncode == 2
    assert "'exts' is none of core, extensions, aggregator" in done.stderr


def test_a_certificate_without_its_key_is_a_mistake() -> None:
    done = commands.run("serve", f"--proxy-client-cert-file={__file__}")
    assert done.returncode == 2
    assert "--proxy-client-cert-file and --proxy-client-key-file go together" in done.stderr


def test_a_host_that_can_not_be_read_is_told_in_a_line(tmp_path: Path) -> None:
    flags = ("--authentication-kubeconfig=/nowhere", "--secure-port=0", f"--data-dir={tmp_path}")
    done = commands.run("serve", "tests.tools.toys:server", *flags)
    assert (done.returncode, done.stderr) == (1, "kroute: /nowhere: No such file or directory\n")
