"""Bearer tokens, and the file of static ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from kroute.auth import authentication, tokens
from kroute.machinery import context, errors
from tests.unit.auth import requests

ALICE = context.User("alice", uid="2", groups=("system:authenticated",))


OWN = ("this-server", "its-other-name")


def request(authorization: str | None) -> requests.Request:
    return requests.Request() if authorization is None else requests.Request(("Authorization", authorization))


def known(*owners: authentication.TokenOwners) -> tokens.Tokens:
    return tokens.Tokens([tokens.ForOwnAudiences(each, OWN) for each in owners], OWN)


def bearer() -> tokens.BearerTokens:
    return tokens.BearerTokens(known(tokens.StaticTokens({"alicetoken": context.User("alice", uid="2")})))


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer alicetokenx", "bearer alicetoke", "Bearer \udcff"])
async def test_an_unknown_token_is_refused(header: str) -> None:
    with pytest.raises(errors.Unauthorized):
        await bearer().authenticate(request(header))


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "alicetoken", "Basic YWxpY2U6cGFzc3dvcmQ=", "  "])
async def test_a_request_without_a_token_is_nobodys(header: str | None) -> None:
    made = request(header)
    assert await bearer().authenticate(made) is None
    assert made.warnings == []


async def test_a_space_too_many_makes_the_header_ignored_with_a_warning() -> None:
    made = request("Bearer  alicetoken")
    assert await bearer().authenticate(made) is None
    assert made.warnings == [
        "the provided Authorization header contains extra space before the bearer token, and is ignored"
    ]


@pytest.mark.parametrize(
    "header", ["Bearer alicetoken", "bearer alicetoken", "BEARER alicetoken", "Bearer alicetoken x"]
)
async def test_a_known_token_tells_the_user(header: str) -> None:
    assert await bearer().authenticate(request(header)) == ALICE


async def test_each_token_authenticator_is_asked_in_turn() -> None:
    second = tokens.StaticTokens({"bobtoken": context.User("bob")})
    both = tokens.BearerTokens(known(tokens.StaticTokens({}), second))
    found = await both.authenticate(request("Bearer bobtoken"))
    assert found is not None
    assert found.name == "bob"


async def test_a_token_file_holds_users_with_quoted_groups(tmp_path: Path) -> None:
    file = tmp_path / "tokens.csv"
    file.write_text('admintoken,admin,1,system:masters\nalicetoken,alice,2\n\nbobtoken,bob,3,"devs,ops"\n')
    found = tokens.read_file(file)
    assert await found.owner("alicetoken") == ALICE
    bob = await found.owner("bobtoken")
    assert bob is not None
    assert bob.groups == ("devs", "ops", "system:authenticated")
    assert await found.owner("") is None


@pytest.mark.parametrize(
    "content, complaint",
    [
        (b"token,user\n", "must have at least 3 columns (token, user name, user uid), found 2"),
        (b'token,"user,1\n', "can't be read"),
        (b"\xff\xfe,user,1\n", "is not UTF-8 text"),
    ],
)
def test_a_malformed_token_file_is_refused_with_the_reason(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "tokens.csv"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"token file") as refused:
        tokens.read_file(file)
    assert complaint in str(refused.value)


async def test_a_line_without_a_token_lets_nobody_in(tmp_path: Path) -> None:
    file = tmp_path / "tokens.csv"
    file.write_text(",nobody,1\n")
    assert await tokens.read_file(file).owner("") is None


async def test_a_token_without_audiences_is_for_those_of_the_server() -> None:
    shown_to = known(tokens.StaticTokens({"alicetoken": context.User("alice")}))
    found = await shown_to.authenticate_token("alicetoken", ("elsewhere", "its-other-name"))
    assert found.audiences == ["its-other-name"]
    with pytest.raises(errors.Unauthorized):
        await shown_to.authenticate_token("alicetoken", ("elsewhere",))


async def test_all_reasons_why_a_token_is_wrong_are_kept_from_the_client() -> None:
    class Complains:
        def __init__(self, reason: str) -> None:
            self.reason = reason

        async def owner(self, token: str) -> context.User | None:
            raise authentication.Rejected(self.reason)

    with pytest.raises(authentication.Rejected) as refused:
        await known(Complains("it is old"), Complains("it is strange")).authenticate_token("t", OWN)
    assert refused.value.reasons == ("it is old", "it is strange")
    assert refused.value.status()["message"] == "Unauthorized"
