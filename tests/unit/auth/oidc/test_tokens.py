"""Tokens of a provider, whose keys come and go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kroute.aio import clocks
from kroute.auth import authentication, jwts, keys, signing
from kroute.auth.oidc import mapping, provider, tokens
from kroute.webhook import fetching

ISSUER, NOW = "https://idp.example", 1_700_000_000.0
FIRST = signing.Signer(issuer=ISSUER)
SECOND = signing.Signer(lambda: keys.private_text(ec.generate_private_key(ec.SECP256R1())), issuer=ISSUER)


class Documents:
    """What a provider publishes; a document that isn't there can't be fetched."""

    def __init__(self, *signers: signing.Signer) -> None:
        self.fetched: list[str] = []
        self.documents: dict[str, Any] = {}
        self.publish(*signers)
        self.documents[ISSUER + provider.WELL_KNOWN] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}

    def publish(self, *signers: signing.Signer) -> None:
        self.documents[f"{ISSUER}/keys"] = keys.as_set([signer.key for signer in signers])

    async def get(self, url: str) -> Any:
        self.fetched.append(url)
        if url not in self.documents:
            raise fetching.FetchError(f"{url}: connection refused")
        return self.documents[url]


@contextlib.asynccontextmanager
async def believing(
    documents: Documents, clock: clocks.ManualClock, **rest: Any
) -> AsyncIterator[tokens.ProviderTokens]:
    found = provider.Provider(ISSUER, documents, clock=clock, discovery_url=rest.pop("discovery_url", ""))
    users = mapping.Users(username=mapping.Source(claim="sub"), groups=mapping.Source(claim="groups"))
    async with found:
        for _ in range(10):
            await asyncio.sleep(0)
        yield tokens.ProviderTokens(found, users, audiences=("kubernetes", "other"), clock=clock, **rest)


@pytest.fixture
def clock() -> clocks.ManualClock:
    return clocks.ManualClock(NOW)


def claims(**changed: Any) -> dict[str, Any]:
    found = {"sub": "alice", "aud": "kubernetes", "exp": NOW + 3600, "iat": NOW, "groups": ["devs"], **changed}
    return {key: value for key, value in found.items() if value is not None}


async def reason(known: tokens.ProviderTokens, token: str) -> str:
    with pytest.raises(authentication.Rejected) as refused:
        await known.owner(token)
    return refused.value.reasons[0]


@pytest.mark.parametrize("signer", [FIRST, SECOND])
async def test_a_token_tells_the_user(clock: clocks.ManualClock, signer: signing.Signer) -> None:
    async with believing(Documents(FIRST, SECOND), clock) as known:
        found = await known.owner(signer.sign(claims(aud=["x", "other"])))
        assert found is not None
        assert (found.name, found.groups) == ("alice", ("devs", "system:authenticated"))


async def test_tokens_of_other_issuers_are_left_to_others(clock: clocks.ManualClock) -> None:
    async with believing(Documents(FIRST), clock) as known:
        for token in (
            "secret",
            "a.b.c",
            FIRST.sign(claims(), issuer="https://elsewhere"),
            FIRST.sign(claims(), issuer=f"{ISSUER}/"),
        ):
            assert await known.owner(token) is None


@pytest.mark.parametrize(
    "changed, complaint",
    [
        ({"exp": NOW - 1}, "oidc: token is expired (Token Expiry: 2023-11-14 22:13:19 +0000 UTC)"),
        ({"exp": None}, "oidc: token is expired"),
        ({"exp": -1e300}, "oidc: token is expired (Token Expiry: 1970-01-01 00:00:00 +0000 UTC)"),
        ({"exp": "later"}, jwts.NO_NUMBER),
        ({"nbf": NOW + 301}, "before the nbf time"),
        ({"aud": "elsewhere"}, 'oidc: expected audience in ["kubernetes" "other"] got ["elsewhere"]'),
        ({"aud": None}, "oidc: expected audience"),
        ({"aud": {"kubernetes": True}}, "oidc: expected audience"),
        ({"sub": None}, "claim not present"),
        ({"sub": ["alice"]}, "the claim is no string"),
    ],
)
async def test_a_signed_token_is_refused_when_something_is_wrong(
    clock: clocks.ManualClock, changed: dict[str, Any], complaint: str
) -> None:
    async with believing(Documents(FIRST), clock) as known:
        assert complaint in await reason(known, FIRST.sign(claims(**changed)))


async def test_a_token_signed_with_another_key_or_algorithm_is_refused(clock: clocks.ManualClock) -> None:
    async with believing(Documents(FIRST), clock) as known:
        stranger = signing.Signer(issuer=ISSUER)
        assert "failed to verify signature" in await reason(known, stranger.sign(claims()))
        header, payload, signature = FIRST.sign(claims()).split(".")
        assert "failed to verify signature" in await reason(known, f"{header}.{payload}.{signature[:-4]}AAAA")
    async with believing(Documents(FIRST, SECOND), clock, algorithms=("RS256",)) as strict:
        text = 'id token signed with unsupported algorithm, expected ["RS256"] got "ES256"'
        assert text in await reason(strict, SECOND.sign(claims()))


async def test_a_provider_that_is_not_there_yet_is_looked_for_until_it_is(clock: clocks.ManualClock) -> None:
    documents = Documents(FIRST)
    discovery = documents.documents.pop(ISSUER + provider.WELL_KNOWN)
    async with believing(documents, clock) as known:
        assert await reason(known, FIRST.sign(claims())) == "oidc: authenticator not initialized"
        documents.documents[ISSUER + provider.WELL_KNOWN] = discovery
        await clock.advance(provider.RETRY)
        assert await known.owner(FIRST.sign(claims())) is not None


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"issuer": "https://mallory", "jwks_uri": f"{ISSUER}/keys"},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "jwks_uri": "http://idp.example/keys"},
        {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/nowhere"},
    ],
)
async def test_a_provider_that_lies_is_not_used(clock: clocks.ManualClock, document: Any) -> None:
    documents = Documents(FIRST)
    documents.documents[ISSUER + provider.WELL_KNOWN] = document
    async with believing(documents, clock) as known:
        assert await reason(known, FIRST.sign(claims())) == "oidc: authenticator not initialized"


async def test_the_documents_may_be_found_elsewhere(clock: clocks.ManualClock) -> None:
    documents = Documents(FIRST)
    documents.documents["https://inside/discovery"] = documents.documents.pop(ISSUER + provider.WELL_KNOWN)
    async with believing(documents, clock, discovery_url="https://inside/discovery") as known:
        assert await known.owner(FIRST.sign(claims())) is not None


async def test_a_new_key_is_fetched_when_a_token_names_it_but_not_all_the_time(clock: clocks.ManualClock) -> None:
    documents = Documents(FIRST)
    async with believing(documents, clock) as known:
        await clock.advance(provider.PAUSE)
        documents.publish(SECOND)
        assert await known.owner(SECOND.sign(claims())) is not None
        before = len(documents.fetched)
        for number in range(20):
            stranger = SECOND.sign(claims(sub=f"u-{number}")).split(".")
            await reason(known, ".".join((FIRST.sign({}).split(".")[0], *stranger[1:])))
        assert len(documents.fetched) == before
        await clock.advance(provider.PAUSE)
        await reason(known, FIRST.sign(claims()))
        assert len(documents.fetched) == before + 1


async def test_keys_that_cant_be_fetched_leave_those_that_are_known(clock: clocks.ManualClock) -> None:
    documents = Documents(FIRST)
    async with believing(documents, clock) as known:
        await clock.advance(provider.PAUSE)
        documents.documents[f"{ISSUER}/keys"] = "nonsense"
        await reason(known, SECOND.sign(claims()))
        assert await known.owner(FIRST.sign(claims())) is not None


async def test_a_verified_token_is_remembered_for_some_seconds(clock: clocks.ManualClock) -> None:
    documents = Documents(FIRST)
    async with believing(documents, clock) as known:
        token = FIRST.sign(claims(exp=NOW + 5))
        assert await known.owner(token) is await known.owner(token)
        await clock.advance(6)
        assert "oidc: token is expired" in await reason(known, token)


def test_keys_that_are_of_no_use_are_left_out() -> None:
    good = keys.shown(FIRST.key)
    listed = [
        good,
        {**good, "use": "enc", "kid": "a"},
        {**good, "alg": "RS512", "kid": "b"},
        {**good, "alg": "HS256", "kid": "c"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA"},
        {"kty": "EC", "crv": "P-256"},
        {**good, "n": good["n"][:171]},
        "nonsense",
    ]
    found = list(provider.read({"keys": listed}))
    assert [(key.id, key.algorithms) for key in found] == [
        (good["kid"], ("RS256",)),
        ("b", ("RS512",)),
        ("c", keys.RSA_ALGORITHMS),
    ]
    nonsense: list[Any] = [None, [], {}, {"keys": "x"}]
    for document in nonsense:
        with pytest.raises(ValueError, match="no key set"):
            list(provider.read(document))
