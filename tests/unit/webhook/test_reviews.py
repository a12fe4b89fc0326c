"""Reviews by a server that a kubeconfig names: what is sent, what comes back, and what is tried again."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from kroute.auth import authorization, modes, webhookaccess
from kroute.machinery import context
from kroute.webhook import client, kubeconfigs, reviews

REVIEW = {"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": {"user": "alice"}}
KUBECONFIG = """
current-context: c
contexts: [{{name: c, context: {{cluster: s, user: u}}}}]
clusters: [{{name: s, cluster: {{server: "{url}"}}}}]
users: [{{name: u, user: {{token: secret}}}}]
"""


class Reviewer:
    """A server that answers each request with the next of its answers."""

    def __init__(self, *answers: web.Response) -> None:
        self.answers, self.asked = list(answers), list[tuple[Any, str]]()
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((await request.json(), request.headers.get("Authorization", "")))
        return self.answers.pop(0)


@contextlib.asynccontextmanager
async def serving(*answers: web.Response) -> AsyncIterator[Reviewer]:
    reviewer, app = Reviewer(*answers), web.Application()
    app.router.add_post("/review", reviewer.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        reviewer.url = f"http://127.0.0.1:{port}/review"
        yield reviewer
    finally:
        await runner.cleanup()


def asking(url: str) -> reviews.Reviews:
    target = kubeconfigs.Target(url=url, ssl=None, headers={"Authorization": "Bearer secret"})
    return reviews.Reviews(target, backoff=0.001)


async def test_a_review_comes_back_with_its_status() -> None:
    answered = {**REVIEW, "status": {"allowed": True}}
    async with serving(web.json_response(answered)) as server, asking(server.url) as found:
        assert await found.post(REVIEW) == answered
        assert server.asked == [(REVIEW, "Bearer secret")]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_may_pass_is_tried_again(status: int) -> None:
    good = web.json_response({**REVIEW, "status": {}})
    async with serving(web.Response(status=status), good) as server, asking(server.url) as found:
        await found.post(REVIEW)
        assert len(server.asked) == 2


async def test_it_gives_up_in_the_end() -> None:
    async with serving(*(web.Response(status=503) for _ in range(9))) as server, asking(server.url) as found:
        with pytest.raises(client.CallError, match="currently unable to handle the request"):
            await found.post(REVIEW)
        assert len(server.asked) == reviews.ATTEMPTS


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=403, text="no"),
        web.Response(status=302, headers={"Location": "/other"}),
        web.Response(text="nonsense"),
        web.Response(body=b""),
        web.Response(body=b"[]"),
    ],
)
async def test_what_will_not_pass_is_told_at_once(answer: web.Response) -> None:
    async with serving(answer) as server, asking(server.url) as found:
        with pytest.raises(client.CallError):
            await found.post(REVIEW)
        assert len(server.asked) == 1


async def test_nobody_there_is_told_as_go_tells_it(unused_tcp_port: int) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    async with asking(f"http://{address}/review") as found:
        with pytest.raises(client.CallError, match="connect: connection refused") as error:
            await found.post(REVIEW)
    assert str(error.value).startswith(f'Post "http://{address}/review": dial tcp {address}')


async def test_a_server_asks_the_one_that_its_flags_name(tmp_path: Path) -> None:
    allowed = web.json_response({**REVIEW, "status": {"allowed": True, "reason": "so it is"}})
    async with serving(allowed) as server:
        file = tmp_path / "webhook.yaml"
        file.write_text(KUBECONFIG.format(url=server.url))
        made = modes.build(modes.Options(modes=["Webhook"], webhook_config_file=file))
        async with contextlib.AsyncExitStack() as stack:
            for each in made.opened:
                await stack.enter_async_context(each)
            info = context.RequestInfo(path="/metrics", verb="get")
            for _ in range(3):
                decision = await made.whole.authorize(context.User("alice"), info)
                assert decision == authorization.Decision(authorization.Verdict.ALLOW, "so it is")
        assert [spec["spec"]["user"] for spec, _ in server.asked] == ["alice"]
        assert webhookaccess.spec_of(context.User("alice"), info) == server.asked[0][0]["spec"]
