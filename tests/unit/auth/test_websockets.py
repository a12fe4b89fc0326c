"""Tokens among the subprotocols of a WebSocket."""

from __future__ import annotations

import base64

import pytest

from kroute.auth import authentication, tokens, websockets
from kroute.machinery import context
from tests.unit.auth import requests

OWN = ("this-server",)
KNOWN = tokens.Tokens([tokens.ForOwnAudiences(tokens.StaticTokens({"secret": context.User("alice")}), OWN)], OWN)
ASKED = websockets.Subprotocols(KNOWN)
OPENING = (("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"))


def offer(token: bytes) -> str:
    return websockets.PREFIX + base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def request(*offered: str) -> requests.Request:
    return requests.Request(*OPENING, *((websockets.HEADER, each) for each in offered))


async def test_the_token_tells_the_user_and_is_taken_out() -> None:
    asking = request(f"v5.channel.k8s.io, {offer(b'secret')}", "v4.channel.k8s.io")
    found = await ASKED.authenticate(asking)
    assert found is not None
    assert found.name == "alice"
    assert asking.headers.getall(websockets.HEADER) == ["v5.channel.k8s.io,v4.channel.k8s.io"]


@pytest.mark.parametrize(
    "offered",
    [
        [f"v4,{offer(b'wrong')}"],
        [offer(b"secret")],
        [f"v4,{offer(b'secret')},{offer(b'secret')}"],
        [f"v4,{websockets.PREFIX}!!!"],
        [f"v4,{websockets.PREFIX}c2VjcmV0Cg=="],
        [f"v4,{offer(bytes((255,)))}"],
    ],
)
async def test_a_wrong_token_is_refused(offered: list[str]) -> None:
    with pytest.raises(authentication.Rejected):
        await ASKED.authenticate(request(*offered))


async def test_other_requests_are_nobodys() -> None:
    for asking in (
        requests.Request((websockets.HEADER, f"v4,{offer(b'secret')}")),
        request("v4"),
        request(),
        request(f"v4,{websockets.PREFIX}"),
    ):
        assert await ASKED.authenticate(asking) is None
