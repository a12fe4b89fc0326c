"""Tokens that other servers know: identity providers and webhooks, over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from kroute.auth import keys, methods, signing
from kroute.auth.oidc import options
from kroute.server import certificates
from tests.fixtures import webhooks
from tests.functional.authentication import harness

Answer = Callable[[web.BaseRequest], Any]


class Issuer:
    """An identity provider that runs; `signers` are those whose keys it publishes."""

    def __init__(self, files: certificates.Directory) -> None:
        self.files = files
        self.signers: list[signing.Signer] = []
        self.url = ""

    def token(self, **claims: Any) -> str:
        """One that the newest key signs."""
        told = {"sub": "carol", "aud": "kubernetes", "exp": time.time() + 600, "groups": ["devs"], **claims}
        return self.signers[-1].sign(told, issuer=self.url)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/.well-known/openid-configuration":
            return web.json_response({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})
        return web.json_response(keys.as_set([signer.key for signer in self.signers]))


@contextlib.asynccontextmanager
async def issuing(directory: Path) -> AsyncIterator[Issuer]:
    files = certificates.Directory(directory)
    certificates.ensure(files)
    issuer = Issuer(files)
    issuer.signers.append(signing.Signer())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.serving_certificate, files.serving_key)
    runner = web.ServerRunner(web.Server(issuer.handle), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        issuer.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
        yield issuer
    finally:
        await runner.cleanup()


async def eventually(server: harness.Server, token: str) -> Any:
    """The user, once the provider has been found."""
    async with asyncio.timeout(30):
        while True:
            found = await server.whoami(token)
            if found != 401:
                return found


async def test_a_provider_is_believed_as_flags_say(tmp_path: Path) -> None:
    async with issuing(tmp_path / "idp") as issuer:
        flags = options.Flags(
            issuer_url=issuer.url,
            client_id="kubernetes",
            ca_file=issuer.files.authority,
            groups_claim="groups",
            groups_prefix="idp:",
        )
        async with harness.running(tmp_path, methods.Options(oidc=flags)) as server:
            found = await eventually(server, issuer.token())
            assert found["username"] == f"{issuer.url}#carol"
            assert found["groups"] == ["idp:devs", "system:authenticated"]
            assert await server.whoami(issuer.token(aud="elsewhere")) == 401
            assert await server.whoami(issuer.token(exp=time.time() - 1)) == 401
            issuer.signers = [signing.Signer()]
            stranger = signing.Signer().sign({"sub": "carol", "aud": "kubernetes"}, issuer=issuer.url)
            assert await server.whoami(stranger) == 401


async def test_a_provider_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    async with issuing(tmp_path / "idp") as issuer:
        other = certificates.Directory(tmp_path / "other")
        certificates.ensure(other)
        flags = options.Flags(issuer_url=issuer.url, client_id="kubernetes", ca_file=other.authority)
        async with harness.running(tmp_path, methods.Options(oidc=flags)) as server:
            for _ in range(5):
                assert await server.whoami(issuer.token()) == 401


async def test_a_file_says_how_users_are_made_and_where_anonymous_requests_are_looked_at(tmp_path: Path) -> None:
    async with issuing(tmp_path / "idp") as issuer:
        jwt = {
            "issuer": {
                "url": issuer.url,
                "certificateAuthority": issuer.files.authority.read_text(),
                "audiences": ["kubernetes", "other"],
                "audienceMatchPolicy": "MatchAny",
            },
            "claimValidationRules": [{"expression": "claims.hd == 'example.com'", "message": "not one of us"}],
            "claimMappings": {
                "username": {"expression": "'idp:' + claims.sub"},
                "groups": {"claim": "groups", "prefix": ""},
                "extra": [{"key": "example.com/domain", "valueExpression": "claims.hd"}],
            },
            "userValidationRules": [{"expression": "user.username != 'idp:root'", "message": "not this one"}],
        }
        document = {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AuthenticationConfiguration",
            "jwt": [jwt],
            "anonymous": {"enabled": True, "conditions": [{"path": "/livez"}]},
        }
        file = tmp_path / "config.yaml"
        file.write_text(yaml.safe_dump(document))
        async with harness.running(tmp_path, methods.Options(config_file=file)) as server:
            found = await eventually(server, issuer.token(hd="example.com", aud="other"))
            assert found["username"] == "idp:carol"
            assert found["extra"] == {"example.com/domain": ["example.com"]}
            assert await server.whoami(issuer.token(hd="example.org")) == 401
            assert await server.whoami(issuer.token()) == 401
            assert await server.whoami(issuer.token(hd="example.com", sub="root")) == 401
            async with server.client() as anybody:
                assert (await anybody.get("/livez")).status == 200
                assert (await anybody.get("/readyz")).status == 401
                assert (await anybody.get("/livez/ping")).status == 401


@contextlib.asynccontextmanager
async def asking(tmp_path: Path, hook: webhooks.Hook, **rest: Any) -> AsyncIterator[harness.Server]:
    """A server that asks a webhook whose tokens are."""
    kubeconfig = tmp_path / "webhook.kubeconfig"
    certificate = tmp_path / "hook.crt"
    certificate.write_bytes(hook.bundle)
    document = {
        "clusters": [{"name": "c", "cluster": {"server": hook.url, "certificate-authority": str(certificate)}}],
        "users": [{"name": "u", "user": {"token": "ours"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    kubeconfig.write_text(yaml.safe_dump(document))
    tokens = tmp_path / "tokens.csv"
    tokens.write_text(harness.TOKENS)
    webhook = methods.Webhook(config_file=kubeconfig, version="v1")
    async with harness.running(tmp_path, methods.Options(token_auth_file=tokens, webhook=webhook, **rest)) as server:
        yield server


async def test_a_webhook_is_asked_for_tokens_that_nobody_here_knows(tmp_path: Path) -> None:
    def answer(review: Any) -> Any:
        if review["spec"]["token"] == "stolen":
            return {**review, "status": {"error": "it was stolen"}}
        return {**review, "status": {"authenticated": True, "user": {"username": "dave", "groups": ["devs"]}}}

    async with webhooks.running(tmp_path / "hook", answer) as hook, asking(tmp_path, hook) as server:
        assert (await server.whoami("alicetoken"))["username"] == "alice"
        assert hook.seen == []
        for _ in range(3):
            found = await server.whoami("davetoken")
            assert (found["username"], found["groups"]) == ("dave", ["devs", "system:authenticated"])
        assert len(hook.seen) == 1
        assert hook.seen[0][0].headers["Authorization"] == "Bearer ours"
        assert await server.whoami("stolen") == 401


@pytest.mark.parametrize(
    "answer",
    [
        lambda review: web.Response(status=403, text="no"),
        lambda review: web.Response(status=200, text="yes"),
        lambda review: web.Response(status=302, headers={"Location": "/elsewhere"}),
        lambda review: [],
        lambda review: {
            "kind": "TokenReview",
            "apiVersion": "authentication.k8s.io/v1",
            "status": {"authenticated": 1},
        },
        lambda review: web.Response(body=b" " * 17 * 1024 * 1024, content_type="application/json"),
    ],
    ids=["refuses", "no JSON", "redirects", "no object", "lies", "talks too much"],
)
async def test_a_webhook_that_is_of_no_use_lets_nobody_in_and_harms_nobody_else(
    tmp_path: Path, answer: Callable[[Any], Any]
) -> None:
    async with webhooks.running(tmp_path / "hook", answer) as hook, asking(tmp_path, hook) as server:
        assert await server.whoami("davetoken") == 401
        assert (await server.whoami("alicetoken"))["username"] == "alice"


async def test_a_webhook_that_hangs_holds_up_only_those_whose_tokens_it_should_know(tmp_path: Path) -> None:
    hanging, end = asyncio.Event(), asyncio.Event()

    async def answer(review: Any) -> Any:
        hanging.set()
        await end.wait()
        return {**review, "status": {"authenticated": True, "user": {"username": "dave"}}}

    async with webhooks.running(tmp_path / "hook", answer) as hook, asking(tmp_path, hook) as server:
        waiting = asyncio.ensure_future(server.whoami("davetoken"))
        await hanging.wait()
        assert (await server.whoami("alicetoken"))["username"] == "alice"
        assert not waiting.done()
        end.set()
        assert (await waiting)["username"] == "dave"
