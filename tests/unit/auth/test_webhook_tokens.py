"""Asking a webhook whose tokens are: what answers mean, also lies, and how long they hold."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.aio import clocks
from kroute.auth import authentication, webhooktokens
from kroute.machinery import objects
from kroute.webhook import client

OWN = ("this-server",)
ALICE = {"username": "alice", "uid": "2", "groups": ["devs"], "extra": {"scopes": ["view"]}}


class Reviewer:
    """Answers with a status, or fails."""

    def __init__(self, status: Any) -> None:
        self.status = status
        self.reviews: list[objects.Object] = []

    async def post(self, review: objects.Object) -> Any:
        self.reviews.append(review)
        if isinstance(self.status, Exception):
            raise self.status
        return {**review, "status": self.status}


def asked(reviewer: Reviewer, clock: clocks.Clock | None = None, **rest: Any) -> webhooktokens.Webhook:
    return webhooktokens.Webhook(reviewer, audiences=OWN, clock=clock, **rest)


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
async def test_an_answer_tells_the_user(version: str) -> None:
    reviewer = Reviewer({"authenticated": True, "user": ALICE})
    found = await asked(reviewer, version=version).authenticate_token("secret", OWN)
    assert found is not None
    user = found.user
    assert (user.name, user.uid, user.groups) == ("alice", "2", ("devs", "system:authenticated"))
    assert user.extra == {"scopes": ("view",)}
    assert list(found.audiences) == list(OWN)
    review = reviewer.reviews[0]
    assert (review["kind"], review["apiVersion"]) == ("TokenReview", f"authentication.k8s.io/{version}")
    assert review["spec"] == {"token": "secret", "audiences": ["this-server"]}


@pytest.mark.parametrize(
    "status",
    [
        None,
        {},
        [],
        "yes",
        {"authenticated": False, "user": ALICE},
        {"authenticated": "true", "user": ALICE},
        {"authenticated": 1, "user": ALICE},
        {"authenticated": True},
        {"authenticated": True, "user": "alice"},
        {"authenticated": True, "user": {"username": ""}},
        {"authenticated": True, "user": {"username": ["alice"]}},
        {"authenticated": True, "user": {"groups": ["system:masters"]}},
        {"authenticated": True, "user": ALICE, "audiences": ["elsewhere"]},
    ],
)
async def test_an_answer_that_names_nobody_lets_nobody_in(status: Any) -> None:
    assert await asked(Reviewer(status)).authenticate_token("secret", OWN) is None


async def test_an_answer_in_which_parts_are_wrong_is_taken_without_them() -> None:
    user = {"username": "alice", "uid": 7, "groups": ["devs", 8, None], "extra": {"a": "b", "c": [1, "d"]}}
    found = await asked(Reviewer({"authenticated": True, "user": user})).authenticate_token("secret", OWN)
    assert found is not None
    assert (found.user.uid, found.user.groups) == ("", ("devs", "system:authenticated"))
    assert found.user.extra == {"a": (), "c": ("d",)}


async def test_why_a_token_is_wrong_is_kept() -> None:
    with pytest.raises(authentication.Rejected) as refused:
        await asked(Reviewer({"error": "it is stolen"})).authenticate_token("secret", OWN)
    assert refused.value.reasons == ("it is stolen",)


async def test_audiences_are_those_that_the_webhook_knows_or_the_servers_own() -> None:
    status = {"authenticated": True, "user": ALICE, "audiences": ["b", "c"]}
    found = await asked(Reviewer(status)).authenticate_token("secret", ("a", "b"))
    assert found is not None
    assert list(found.audiences) == ["b"]
    assert await asked(Reviewer({"authenticated": True, "user": ALICE})).authenticate_token("secret", ("a",)) is None


async def test_an_answer_holds_for_a_while_for_its_token_and_audiences() -> None:
    clock, reviewer = clocks.ManualClock(), Reviewer({"authenticated": True, "user": ALICE})
    webhook = asked(reviewer, clock, ttl=10.0)
    for _ in range(3):
        await webhook.authenticate_token("secret", OWN)
    assert len(reviewer.reviews) == 1
    await webhook.authenticate_token("secre", OWN)
    await webhook.authenticate_token("secret", ("other", *OWN))
    assert len(reviewer.reviews) == 3
    await clock.advance(10.0)
    reviewer.status = {}
    assert await webhook.authenticate_token("secret", OWN) is None


async def test_a_webhook_that_fails_is_asked_again() -> None:
    reviewer = Reviewer(client.CallError("connection refused"))
    webhook = asked(reviewer)
    for _ in range(2):
        with pytest.raises(authentication.Rejected, match="Unauthorized"):
            await webhook.authenticate_token("secret", OWN)
    assert len(reviewer.reviews) == 2


async def test_a_token_that_is_no_text_is_asked_for_all_the_same() -> None:
    reviewer = Reviewer({})
    assert await asked(reviewer).authenticate_token("\udcff", OWN) is None
    assert reviewer.reviews[0]["spec"]["token"] == "?"


def test_there_are_no_other_versions() -> None:
    with pytest.raises(ValueError, match='unsupported authentication webhook version "v2"'):
        asked(Reviewer({}), version="v2")
