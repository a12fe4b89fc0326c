"""Bearer tokens, and the file of static ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kroute.auth import tokens
from kroute.machinery import context, errors

ALICE = context.User("alice", uid="2", groups=("system:authenticated",))


class Request:
    certificate = None

    def __init__(self, authorization: str | None) -> None:
        self.headers: Mapping[str, str] = {} if authorization is None else {"Authorization": authorization}
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def bearer() -> tokens.BearerTokens:
    return tokens.BearerTokens(tokens.StaticTokens({"alicetoken": context.User("alice", uid="2")}))


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer alicetokenx", "bearer alicetoke", "Bearer \udcff"])
async def test_an_unknown_token_is_refused(header: str) -> None:
    with pytest.raises(errors.Unauthorized):
        await bearer().authenticate(Request(header))


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "alicetoken", "Basic YWxpY2U6cGFzc3dvcmQ=", "  "])
async def test_a_request_without_a_token_is_nobodys(header: str | None) -> None:
    request = Request(header)
    assert await bearer().authenticate(request) is None
    assert request.warnings == []


async def test_a_space_too_many_makes_the_header_ignored_with_a_warning() -> None:
    request = Request("Bearer  alicetoken")
    assert await bearer().authenticate(request) is None
    assert request.warnings == [
        "the provided Authorization header contains extra space before the bearer token, and is ignored"
    ]


@pytest.mark.parametrize(
    "header", ["Bearer alicetoken", "bearer alicetoken", "BEARER alicetoken", "Bearer alicetoken x"]
)
async def test_a_known_token_tells_the_user(header: str) -> None:
    assert await bearer().authenticate(Request(header)) == ALICE


async def test_each_token_authenticator_is_asked_in_turn() -> None:
    second = tokens.StaticTokens({"bobtoken": context.User("bob")})
    both = tokens.BearerTokens(tokens.StaticTokens({}), second)
    found = await both.authenticate(Request("Bearer bobtoken"))
    assert found is not None
    assert found.name == "bob"


async def test_a_token_file_holds_users_with_quoted_groups(tmp_path: Path) -> None:
    file = tmp_path / "tokens.csv"
    file.write_text('admintoken,admin,1,system:masters\nalicetoken,alice,2\n\nbobtoken,bob,3,"devs,ops"\n')
    known = tokens.read_file(file)
    assert await known.authenticate_token("alicetoken") == ALICE
    bob = await known.authenticate_token("bobtoken")
    assert bob is not None
    assert bob.groups == ("devs", "ops", "system:authenticated")
    assert await known.authenticate_token("") is None


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
    assert await tokens.read_file(file).authenticate_token("") is None
