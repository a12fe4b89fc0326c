"""Tokens of service accounts, from their issue to their end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk, jws

from kroute import app
from kroute.auth import accounts, keys, methods, signing
from tests.fixtures import serving
from tests.functional.authentication import harness

ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
SECRETS = "/api/v1/namespaces/default/secrets"
PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[harness.Server]:
    async with harness.running(tmp_path) as found:
        yield found


@pytest.fixture
async def admin(server: harness.Server) -> AsyncIterator[serving.Client]:
    async with server.client("admintoken") as found:
        made = await found.send("POST", ACCOUNTS, {"metadata": {"name": "robot"}})
        assert made.status == 201
        yield found


async def issue(client: serving.Client, **spec: Any) -> str:
    answer = await client.send("POST", f"{ACCOUNTS}/robot/token", {"spec": spec})
    assert answer.status == 201, answer.body
    token: str = answer.body["status"]["token"]
    return token


async def review(client: serving.Client, token: str, *audiences: str) -> Any:
    body = {"spec": {"token": token, "audiences": list(audiences)}}
    answer = await client.send("POST", f"{harness.REVIEWS}/tokenreviews", body)
    assert answer.status == 201, answer.body
    return answer.body["status"]


async def test_a_token_is_believed_until_its_account_is_deleted(server: harness.Server, admin: serving.Client) -> None:
    token = await issue(admin)
    found = await server.whoami(token)
    assert found["username"] == "system:serviceaccount:default:robot"
    assert found["groups"] == ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]
    await admin.send("DELETE", f"{ACCOUNTS}/robot")
    assert await server.whoami(token) == 401
    await admin.send("POST", ACCOUNTS, {"metadata": {"name": "robot"}})
    assert await server.whoami(token) == 401
    assert (await review(admin, token))["error"].startswith("[invalid bearer token, service account UID")


async def test_a_token_ends_with_the_object_that_it_is_bound_to(server: harness.Server, admin: serving.Client) -> None:
    await admin.send("POST", SECRETS, {"metadata": {"name": "hold"}})
    token = await issue(admin, boundObjectRef={"kind": "Secret", "apiVersion": "v1", "name": "hold"})
    assert (await server.whoami(token))["username"] == "system:serviceaccount:default:robot"
    await admin.send("DELETE", f"{SECRETS}/hold")
    assert await server.whoami(token) == 401
    await admin.send("POST", SECRETS, {"metadata": {"name": "hold"}})
    assert await server.whoami(token) == 401
    assert "does not match service account secret ref claim" in (await review(admin, token))["error"]


async def test_a_token_for_others_is_reviewed_for_them_and_not_believed_here(
    server: harness.Server, admin: serving.Client
) -> None:
    token = await issue(admin, audiences=["vault", "example"])
    assert await server.whoami(token) == 401
    assert (await review(admin, token, "example", "b"))["audiences"] == ["example"]
    assert "is invalid for the target audiences" in (await review(admin, token))["error"]
    assert "is invalid for the target audiences" in (await review(admin, token, "b"))["error"]


async def test_others_can_verify_tokens_with_what_is_published(server: harness.Server, admin: serving.Client) -> None:
    configuration = await admin.get("/.well-known/openid-configuration")
    assert configuration.headers["Cache-Control"] == "public, max-age=3600"
    assert configuration.body["issuer"] == signing.ISSUER
    assert configuration.body["id_token_signing_alg_values_supported"] == ["RS256"]
    where = configuration.body["jwks_uri"]
    assert where == f"{server.running.url}/openid/v1/jwks"
    answer = await admin.get("/openid/v1/jwks")
    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    document = harness.decoded(answer.body)
    published = jwk.KeySet.import_key_set(document)
    assert not any(set(key) & {"d", "p", "q"} for key in document["keys"])
    verified = jws.deserialize_compact(await issue(admin), published, algorithms=["RS256"])
    assert b"system:serviceaccount:default:robot" in verified.payload
    assert (await admin.send("POST", "/openid/v1/jwks")).status == 405


async def test_a_token_in_a_secret_is_believed_while_it_is_there(server: harness.Server, admin: serving.Client) -> None:
    account = (await admin.get(f"{ACCOUNTS}/robot")).body
    signer = signing.Signer(server.running.directory.service_account_key.read_bytes)
    token = signer.sign(accounts.legacy_claims(account, "robot-token"), issuer=accounts.LEGACY_ISSUER)
    assert await server.whoami(token) == 401
    secret = {
        "metadata": {"name": "robot-token", "annotations": {"kubernetes.io/service-account.name": "robot"}},
        "type": "kubernetes.io/service-account-token",
        "stringData": {"token": token},
    }
    assert (await admin.send("POST", SECRETS, secret)).status == 201
    assert (await server.whoami(token))["username"] == "system:serviceaccount:default:robot"
    await admin.send("DELETE", f"{SECRETS}/robot-token")
    assert await server.whoami(token) == 401


async def test_keys_and_issuers_are_rotated_by_naming_old_and_new_ones(tmp_path: Path) -> None:
    old, new = tmp_path / "old.key", tmp_path / "new.key"
    for file in (old, new):
        file.write_bytes(signing.fresh_key())
    public = tmp_path / "public.pem"
    public.write_bytes(b"".join(keys.public_text(keys.private(f.read_bytes()).jose.public_key) for f in (old, new)))
    tokens = tmp_path / "tokens.csv"
    tokens.write_text(harness.TOKENS)
    chosen = methods.Options(
        token_auth_file=tokens,
        accounts=methods.Accounts(
            issuers=("https://new.example", "https://old.example"), key_files=(public,), signing_key_file=new
        ),
    )
    async with harness.running(tmp_path, chosen) as server, server.client("admintoken") as admin:
        account = (await admin.send("POST", ACCOUNTS, {"metadata": {"name": "robot"}})).body
        token = await issue(admin)
        assert (await server.whoami(token))["username"] == "system:serviceaccount:default:robot"
        about = {"namespace": "default", "serviceaccount": {"name": "robot", "uid": account["metadata"]["uid"]}}
        claims = {"aud": ["https://new.example"], "kubernetes.io": about}
        from_old = signing.Signer(old.read_bytes, issuer="https://old.example").sign(claims)
        assert (await server.whoami(from_old))["username"] == "system:serviceaccount:default:robot"
        assert await server.whoami(signing.Signer(issuer="https://old.example").sign(claims)) == 401
        assert len(harness.decoded((await admin.get("/openid/v1/jwks")).body)["keys"]) == 2


async def test_tokens_last_no_longer_than_allowed(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.csv"
    tokens.write_text(harness.TOKENS)
    chosen = methods.Options(token_auth_file=tokens, accounts=methods.Accounts(longest=1200.0))
    async with harness.running(tmp_path, chosen) as server, server.client("admintoken") as admin:
        await admin.send("POST", ACCOUNTS, {"metadata": {"name": "robot"}})
        answer = await admin.send("POST", f"{ACCOUNTS}/robot/token", {"spec": {"expirationSeconds": 7200}})
        assert answer.body["spec"]["expirationSeconds"] == 1200
        assert answer.warnings == ['299 - "requested expiration of 7200 seconds shortened to 1200 seconds"']


@pytest.mark.parametrize(
    "chosen, complaint",
    [
        (methods.Accounts(key_files=(Path("tokens.csv"),)), "holds no key"),
        (methods.Accounts(signing_key_file=Path("tokens.csv")), "Could not deserialize|PEM"),
        (methods.Accounts(issuers=()), "there must be an issuer"),
    ],
)
async def test_files_that_hold_no_keys_are_told_of_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: methods.Accounts, complaint: str
) -> None:
    (tmp_path / "tokens.csv").write_text(harness.TOKENS)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(app.CannotServe, match=complaint):
        async with harness.running(tmp_path, methods.Options(accounts=chosen)):
            pass
