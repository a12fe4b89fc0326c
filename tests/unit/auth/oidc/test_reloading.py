"""A file of providers that changes while the server runs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from kroute.aio import clocks
from kroute.auth import authentication, keys, signing
from kroute.auth.oidc import configuration, provider, reloading, tokens
from kroute.webhook import fetching

NOW = 1_700_000_000.0
SIGNER = signing.Signer()


class Documents:
    """Two providers, of which one is not there at first."""

    def __init__(self) -> None:
        self.there = {"https://first.example"}

    async def get(self, url: str) -> Any:
        issuer = "/".join(url.split("/")[:3])
        if issuer not in self.there:
            raise fetching.FetchError("connection refused")
        if url.endswith(provider.WELL_KNOWN):
            return {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
        return keys.as_set([SIGNER.key])


class World:
    """The file, and what is made of it."""

    def __init__(self, file: Path) -> None:
        self.file, self.documents, self.clock = file, Documents(), clocks.ManualClock(NOW)
        self.providers: list[provider.Provider] = []
        self.written = 0

    def write(self, text: str) -> None:
        self.file.write_text(text)
        self.written += 1
        os.utime(self.file, ns=(self.written, self.written))  # clocks of file systems are slow

    def say(self, *issuers: str, prefix: str = "") -> None:
        mapping = {"username": {"claim": "sub", "prefix": prefix}}
        jwt = [{"issuer": {"url": url, "audiences": ["k"]}, "claimMappings": mapping} for url in issuers]
        kind = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
        self.write(yaml.safe_dump({**kind, "jwt": jwt}))

    def make(self, issuer: configuration.Issuer) -> reloading.Issued:
        found = provider.Provider(issuer.url, self.documents, clock=self.clock)
        self.providers.append(found)
        return reloading.Issued(
            found, tokens.ProviderTokens(found, issuer.users, audiences=issuer.audiences, clock=self.clock)
        )

    def reloaded(self) -> reloading.Reloaded:
        return reloading.Reloaded(self.file, configuration.read(self.file), make=self.make, clock=self.clock)

    async def look(self) -> None:
        """Let the file be looked at again."""
        await self.clock.advance(reloading.INTERVAL)
        for _ in range(50):
            await asyncio.sleep(0)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "config.yaml")
    made.say("https://first.example")
    return made


def token(issuer: str) -> str:
    return SIGNER.sign({"sub": "alice", "aud": "k", "exp": NOW + 9999}, issuer=issuer)


async def name(known: reloading.Reloaded, issuer: str) -> str:
    found = await known.owner(token(issuer))
    return "" if found is None else found.name


async def test_providers_come_and_go_with_the_file(world: World) -> None:
    world.documents.there.add("https://second.example")
    async with world.reloaded() as known:
        await world.look()
        assert await name(known, "https://first.example") == "alice"
        assert await name(known, "https://second.example") == ""
        world.say("https://second.example", prefix="idp:")
        await world.look()
        assert await name(known, "https://first.example") == ""
        assert await name(known, "https://second.example") == "idp:alice"


@pytest.mark.parametrize("text", ["{", "kind: Pod", ""])
async def test_a_file_that_is_of_no_use_changes_nothing(world: World, text: str) -> None:
    async with world.reloaded() as known:
        world.write(text)
        await world.look()
        assert await name(known, "https://first.example") == "alice"
        world.file.unlink()
        await world.look()
        assert await name(known, "https://first.example") == "alice"


async def test_the_former_providers_go_on_until_the_new_ones_are_there(world: World) -> None:
    async with world.reloaded() as known:
        await world.look()
        world.say("https://second.example")
        await world.look()
        assert await name(known, "https://first.example") == "alice"
        world.documents.there.add("https://second.example")
        await world.clock.advance(provider.RETRY)
        await world.look()
        assert await name(known, "https://second.example") == "alice"


async def test_nothing_is_made_anew_while_the_file_stays(world: World) -> None:
    async with world.reloaded():
        for _ in range(3):
            await world.look()
        assert len(world.providers) == 1


async def test_a_wrong_token_is_refused(world: World) -> None:
    async with world.reloaded() as known:
        await world.look()
        with pytest.raises(authentication.Rejected):
            await known.owner(SIGNER.sign({"sub": "alice"}, issuer="https://first.example"))
