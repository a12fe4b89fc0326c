"""Audit events to a webhook: what it gets, and attempts that fail."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import test_utils, web

from kroute.audit import building, remote, sinks


class Hook:
    """A server of events, which answers with the given codes and then with 200."""

    def __init__(self, *codes: int) -> None:
        self.codes, self.lists, self.headers = list(codes), list[Any](), list[Any]()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.lists.append(json.loads(await request.read()))
        self.headers.append(request.headers)
        return web.Response(status=self.codes.pop(0) if self.codes else 200)


def kubeconfig(path: Path, url: str) -> Path:
    file = path / "webhook.yaml"
    document = {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "me"}}],
        "clusters": [{"name": "one", "cluster": {"server": url}}],
        "users": [{"name": "me", "user": {"token": "secret"}}],
    }
    file.write_text(yaml.safe_dump(document))
    return file


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
async def webhook(hook: Hook, tmp_path: Path) -> AsyncIterator[remote.Webhook]:
    async with test_utils.RawTestServer(hook) as server:
        found = remote.Webhook.read(kubeconfig(tmp_path, str(server.make_url("/events"))), backoff=0.0)
        await found.open()
        yield found
        await found.close()


async def test_events_come_as_a_list_with_the_credentials_of_the_kubeconfig(
    webhook: remote.Webhook, hook: Hook
) -> None:
    await webhook.carry([b'{"a":1}', b'{"b":2}'])
    assert hook.lists == [
        {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": [{"a": 1}, {"b": 2}]}
    ]
    assert hook.headers[0]["Authorization"] == "Bearer secret"


async def test_what_may_pass_is_tried_again(webhook: remote.Webhook, hook: Hook) -> None:
    hook.codes += [500, 429]
    await webhook.carry([b"{}"])
    assert len(hook.lists) == 3


@pytest.mark.parametrize("codes, attempts", [([403], 1), ([500] * 9, remote.ATTEMPTS)])
async def test_what_does_not_pass_is_given_up(
    webhook: remote.Webhook, hook: Hook, codes: list[int], attempts: int
) -> None:
    hook.codes += codes
    with pytest.raises(sinks.CannotDeliver, match=f"answered {codes[0]}"):
        await webhook.carry([b"{}"])
    assert len(hook.lists) == attempts


async def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = remote.Webhook.read(kubeconfig(tmp_path, "http://127.0.0.1:1/"), backoff=0.0)
    await found.open()
    with pytest.raises(sinks.CannotDeliver, match="127"):
        await found.carry([b"{}"])
    await found.close()


def test_options_make_an_auditor_where_there_is_a_policy_and_a_place(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}")
    assert building.build(building.Options()) is None
    assert building.build(building.Options(policy_file=policy)) is None
    assert building.build(building.Options(policy_file=policy, log_path="-")) is not None
    hook = kubeconfig(tmp_path, "http://127.0.0.1:1/")
    assert building.build(building.Options(policy_file=policy, webhook_config_file=hook)) is not None
    with pytest.raises(ValueError, match=r"policy\.yaml"):
        building.build(building.Options(policy_file=policy, log_path="-", webhook_config_file=policy))
