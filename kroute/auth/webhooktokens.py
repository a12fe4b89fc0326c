"""Asking another server whose a token is: TokenReviews to a webhook, with its answers remembered for a while.

Mirrors `k8s.io/apiserver/plugin/pkg/authenticator/token/webhook`, with reviews of `authentication.k8s.io/v1` or
`v1beta1`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from kroute.aio import clocks
from kroute.auth import authentication, bounded, groups
from kroute.machinery import context, objects
from kroute.webhook import client

REMEMBERED = 4096
VERSIONS = ("v1", "v1beta1")


class Reviewer(Protocol):
    """Sends reviews to a server."""

    async def post(self, review: objects.Object) -> Any:
        """What comes back: the review with its status.  Raises client.CallError."""
        ...


class Answer(NamedTuple):
    """`identity` None: the token isn't known there, or wrong for the `reasons`."""

    identity: authentication.Identity | None
    reasons: Sequence[str]
    until: float


class Webhook:
    """The authenticator.  `audiences` are the server's own; `ttl` is how many seconds answers hold."""

    def __init__(
        self,
        reviewer: Reviewer,
        *,
        audiences: Sequence[str],
        version: str = "v1beta1",
        ttl: float = 120.0,
        clock: clocks.Clock | None = None,
    ) -> None:
        """Raises ValueError for a version that there isn't."""
        if version not in VERSIONS:
            supported = ", ".join(f'"{each}"' for each in VERSIONS)
            raise ValueError(
                f'unsupported authentication webhook version "{version}", supported versions are {supported}'
            )
        self._reviewer, self._audiences, self._version, self._ttl = reviewer, audiences, version, ttl
        self._clock = clock or clocks.SystemClock()
        self._known: bounded.Cache[bytes, Answer] = bounded.Cache(REMEMBERED)

    async def authenticate_token(self, token: str, audiences: Sequence[str]) -> authentication.Identity | None:
        key, now = key_of(token, audiences), self._clock.monotonic()
        answer = self._known.get(key)
        if answer is None or now >= answer.until:
            answer = await self._ask(token, audiences)
            self._known.put(key, answer)
        if answer.reasons:
            raise authentication.Rejected(*answer.reasons)
        return answer.identity

    async def _ask(self, token: str, audiences: Sequence[str]) -> Answer:
        """Raises Rejected when there is no answer, which is not remembered."""
        review = {
            "kind": "TokenReview",
            "apiVersion": f"authentication.k8s.io/{self._version}",
            "metadata": {},
            "spec": {"token": token.encode("utf-8", "replace").decode(), "audiences": list(audiences)},
            "status": {"user": {}},
        }
        try:
            found = await self._reviewer.post(review)
        except client.CallError as error:
            raise authentication.Rejected(str(error)) from error
        status = found.get("status") if isinstance(found, dict) else None
        told: Mapping[str, Any] = status if isinstance(status, dict) else {}
        until = self._clock.monotonic() + self._ttl
        good = strings(told.get("audiences")) or tuple(self._audiences)
        wanted = [each for each in audiences if each in good]
        if not wanted:
            return Answer(None, (), until)
        if told.get("authenticated") is not True:
            reason = told.get("error")
            return Answer(None, (reason,) if reason and isinstance(reason, str) else (), until)
        user = user_of(told.get("user"))
        return Answer(None if user is None else authentication.Identity(user, wanted), (), until)


def key_of(token: str, audiences: Sequence[str]) -> bytes:
    parts = (token, *audiences)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).digest()


def strings(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def user_of(told: Any) -> context.User | None:
    """The user of an answer; None when it names none."""
    if not isinstance(told, dict):
        return None
    name, uid, extra = told.get("username"), told.get("uid"), told.get("extra")
    if not isinstance(name, str) or not name:
        return None
    found = context.User(
        name,
        uid=uid if isinstance(uid, str) else "",
        groups=strings(told.get("groups")),
        extra={str(key): strings(each) for key, each in extra.items()} if isinstance(extra, dict) else {},
    )
    return groups.authenticated(found)
