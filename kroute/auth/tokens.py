"""Bearer tokens: how a request carries one, whom it is shown to, and the tokens of a static file.

A token that nobody knows is an error, not an anonymous request: a client that means to be somebody should hear that
it isn't.  Mirrors `k8s.io/apiserver/pkg/authentication/request/bearertoken` and `.../token/tokenfile`.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kroute.auth import authentication, groups
from kroute.machinery import context

EXTRA_SPACE = "the provided Authorization header contains extra space before the bearer token, and is ignored"
INVALID = "invalid bearer token"
COLUMNS = 3


class Tokens:
    """Shows a token to each authenticator in turn; the first that knows it decides."""

    def __init__(self, authenticators: Iterable[authentication.TokenAuthenticator], audiences: Sequence[str]) -> None:
        """`audiences` are the server's own."""
        self._authenticators = tuple(authenticators)
        self.audiences = tuple(audiences)

    async def authenticate_token(self, token: str, audiences: Sequence[str]) -> authentication.Identity:
        """Whose token it is.  Raises Rejected for one that nobody knows, too."""
        reasons: list[str] = []
        for authenticator in self._authenticators:
            try:
                found = await authenticator.authenticate_token(token, audiences)
            except authentication.Rejected as error:  # the next one may know better
                reasons += error.reasons
                continue
            if found is not None:
                return found
        raise authentication.Rejected(*(reasons or (INVALID,)))


class ForOwnAudiences:
    """Takes tokens that say nothing of audiences for meant for this server."""

    def __init__(self, owners: authentication.TokenOwners, audiences: Sequence[str]) -> None:
        self._owners, self._audiences = owners, tuple(audiences)

    async def authenticate_token(self, token: str, audiences: Sequence[str]) -> authentication.Identity | None:
        wanted = audiences
        if audiences is not self._audiences:
            wanted = [each for each in self._audiences if each in audiences]
            if not wanted:
                return None
        user = await self._owners.owner(token)
        return None if user is None else authentication.Identity(user, wanted)


class BearerTokens:
    """Finds the token in `Authorization: Bearer TOKEN` and asks whose it is."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def authenticate(self, request: authentication.Request) -> context.User | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        token = bearer_token(header, request)
        return await whose(self._tokens, token, request) if token else None


async def whose(tokens: Tokens, token: str, request: authentication.Request) -> context.User:
    """The user whose token a request came with.  Raises Rejected."""
    found = await tokens.authenticate_token(token, tokens.audiences)
    for key, value in found.annotations:
        request.annotate(key, value)
    return found.user


def bearer_token(header: str, request: authentication.Request) -> str:
    """The token in an Authorization header; "" when it holds none."""
    parts = header.strip().split(" ", 2)
    if len(parts) < 2 or parts[0].lower() != "bearer":
        return ""
    if not parts[1]:
        request.warn(EXTRA_SPACE)
    return parts[1]


class StaticTokens:
    """Tokens that are known beforehand.

    They are kept and looked up by their hash, so that how long a look-up takes says nothing of a token.
    """

    def __init__(self, users: Mapping[str, context.User]) -> None:
        """`users` maps tokens to users."""
        self._users = {digest(token): groups.authenticated(user) for token, user in users.items()}
        self._longest = max(map(len, users), default=0)

    async def owner(self, token: str) -> context.User | None:
        return self._users.get(digest(token)) if len(token) <= self._longest else None


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def read_file(path: Path) -> StaticTokens:
    """The tokens of a CSV file: `token,user,uid` and perhaps `"group1,group2"`, a user a line.

    Raises OSError, and ValueError for a file that isn't of that form."""
    users: dict[str, context.User] = {}
    with path.open(newline="", encoding="utf-8") as lines:
        try:
            for record in csv.reader(lines, strict=True):
                if record:
                    token, user = read_record(path, record)
                    users[token] = user
        except csv.Error as error:
            raise ValueError(f"token file '{path}' can't be read: {error}") from error
        except UnicodeDecodeError as error:
            raise ValueError(f"token file '{path}' is not UTF-8 text") from error
    users.pop("", None)
    return StaticTokens(users)


def read_record(path: Path, record: list[str]) -> tuple[str, context.User]:
    if len(record) < COLUMNS:
        wanted = "must have at least 3 columns (token, user name, user uid)"
        raise ValueError(f"token file '{path}' {wanted}, found {len(record)}")
    token, name, uid, *rest = record
    named = rest[0].split(",") if rest else []
    return token, context.User(name, uid=uid, groups=tuple(group for group in named if group))
