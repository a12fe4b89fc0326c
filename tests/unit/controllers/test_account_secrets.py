"""Secrets that hold tokens of service accounts."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson

from kroute.auth import jwts, signing
from kroute.controllers import accountsecrets, pernamespace, running
from kroute.machinery import errors
from tests.unit.controllers import serving

NAMES = ("namespaces", "secrets", "serviceaccounts")
SIGNER = signing.Signer()


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[serving.Served]:
    found = accountsecrets.controller(SIGNER, lambda: "the authority")
    beside = [running.Controllers({"serviceaccount-token-controller": found})]
    async with serving.served(NAMES, beside=beside) as made:
        await made.create(pernamespace.ACCOUNTS, "robot", "default")
        yield made


async def secret(made: serving.Served, name: str, account: str = "robot", **data: str) -> None:
    annotations = {accountsecrets.NAME: account}
    await made.create(
        serving.SECRETS,
        name,
        "default",
        metadata={"annotations": annotations},
        type=accountsecrets.TYPE,
        stringData=data,
    )


async def values(made: serving.Served, name: str) -> dict[str, str]:
    found = await made.client.get(serving.SECRETS, name, namespace="default")
    return {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}


async def filled(made: serving.Served, name: str) -> dict[str, str]:
    async def check() -> bool:
        return len(await values(made, name)) == 3

    await serving.eventually(check)
    return await values(made, name)


async def test_a_secret_is_filled_with_a_token_of_its_account() -> None:
    async with served() as made:
        await secret(made, "hold")
        found = await filled(made, "hold")
        assert found["ca.crt"] == "the authority"
        assert found["namespace"] == "default"
        account = await made.client.get(pernamespace.ACCOUNTS, "robot", namespace="default")
        token = jwts.read(found["token"])
        assert token is not None
        assert token.signed_by([SIGNER.key])
        claims: dict[str, Any] = token.claims
        assert claims == {
            "iss": "kubernetes/serviceaccount",
            "sub": "system:serviceaccount:default:robot",
            "kubernetes.io/serviceaccount/namespace": "default",
            "kubernetes.io/serviceaccount/secret.name": "hold",
            "kubernetes.io/serviceaccount/service-account.name": "robot",
            "kubernetes.io/serviceaccount/service-account.uid": account["metadata"]["uid"],
        }
        kept = await made.client.get(serving.SECRETS, "hold", namespace="default")
        assert kept["metadata"]["annotations"][accountsecrets.UID] == account["metadata"]["uid"]


async def test_what_is_there_stays_and_what_is_taken_away_comes_back() -> None:
    async with served() as made:
        await secret(made, "hold", **{"ca.crt": "another authority"})
        found = await filled(made, "hold")
        assert found["ca.crt"] == "another authority"
        await made.client.patch(serving.SECRETS, "hold", {"data": {"token": None}}, namespace="default")
        assert (await filled(made, "hold"))["token"] == found["token"]


async def test_a_secret_goes_with_its_account() -> None:
    async with served() as made:
        await secret(made, "hold")
        await filled(made, "hold")
        await made.create(serving.SECRETS, "stays", "default")
        await made.client.delete(pernamespace.ACCOUNTS, "robot", namespace="default")
        await made.gone(serving.SECRETS, "hold", "default")
        assert await made.is_there(serving.SECRETS, "stays", "default")


async def test_a_secret_of_an_account_that_there_is_not_goes() -> None:
    async with served() as made:
        await secret(made, "orphan", "nobody")
        await made.gone(serving.SECRETS, "orphan", "default")


async def test_a_secret_of_an_account_that_was_there_before_goes() -> None:
    async with served() as made:
        annotations = {accountsecrets.NAME: "robot", accountsecrets.UID: "of-an-earlier-one"}
        with contextlib.suppress(errors.NotFound):
            await made.create(
                serving.SECRETS, "old", "default", metadata={"annotations": annotations}, type=accountsecrets.TYPE
            )
        await made.gone(serving.SECRETS, "old", "default")


def test_what_is_missing_is_told_apart_from_what_is_empty() -> None:
    assert accountsecrets.missing(orjson.loads(b'{"metadata": {}, "data": {"token": "", "namespace": "eA=="}}')) == {
        "token",
        "ca.crt",
        accountsecrets.UID,
    }
