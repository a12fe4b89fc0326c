"""Whatever clients send: without a secret nobody is anybody, and nothing breaks."""

from __future__ import annotations

import asyncio
import contextlib

import multidict
from hypothesis import given
from hypothesis import strategies as st

from kroute.auth import (
    accounttokens,
    authentication,
    authorities,
    bootstraptokens,
    clientcertificates,
    impersonation,
    proxies,
    signing,
    tokens,
    unions,
    websockets,
)
from kroute.machinery import context, errors
from tests.unit.auth import requests, stores

OWN = ("this-server",)
SIGNER = signing.Signer()
OBJECTS = stores.Objects()
OBJECTS.put("serviceaccounts", "team/robot", "u-1")
KNOWN = tokens.Tokens(
    [
        tokens.ForOwnAudiences(tokens.StaticTokens({"a very long secret": context.User("alice")}), OWN),
        accounttokens.AccountTokens(lambda: [SIGNER.key], OBJECTS, issuers=(signing.ISSUER,), audiences=OWN),
        tokens.ForOwnAudiences(bootstraptokens.BootstrapTokens(OBJECTS), OWN),
    ],
    OWN,
)
OPTIONS = proxies.Options(username_headers=("X-Remote-User",), extra_prefixes=("X-Remote-Extra-",))
EVERYBODY = unions.UnionAuthenticator(
    [
        proxies.FrontProxies(OPTIONS, authorities.Fixed(frozenset((b"ours",)))),
        clientcertificates.ClientCertificates(authorities.Fixed(frozenset((b"ours",)))),
        tokens.BearerTokens(KNOWN),
        websockets.Subprotocols(KNOWN),
    ]
)

ODD = st.text(st.characters(exclude_characters="\r\n\0"), max_size=40)
PARTS = st.lists(st.sampled_from(("eyJhbGciOiJSUzI1NiJ9", "e30", "AAAA", "=", "~", "", "\udcff")), max_size=4)
TOKENS = st.one_of(ODD, PARTS.map(".".join), st.just(SIGNER.sign({"aud": list(OWN)}) + "x"))
NAMES = st.one_of(
    st.sampled_from(
        (
            "Authorization",
            "X-Remote-User",
            "X-Remote-Group",
            "X-Remote-Extra-a%2fb",
            "Impersonate-User",
            "Impersonate-Group",
            "Impersonate-Uid",
            "impersonate-extra-%zz",
            "Impersonate-Extra-a%2Fb",
            "Sec-WebSocket-Protocol",
            "Upgrade",
            "Connection",
        )
    ),
    ODD,
)
VALUES = st.one_of(
    ODD,
    TOKENS.map("Bearer {}".format),
    TOKENS.map("bearer\t{}".format),
    TOKENS.map(f"{websockets.PREFIX}{{}}, v4".format),
    st.sampled_from(("websocket", "Upgrade", "system:masters", "admin")),
)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_a_client_without_a_secret_is_anonymous_or_refused(headers: list[tuple[str, str]]) -> None:
    with contextlib.suppress(authentication.Rejected):
        found = asyncio.run(EVERYBODY.authenticate(requests.Request(*headers)))
        assert found is context.ANONYMOUS


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_headers_that_ask_for_another_user_are_understood_or_refused(headers: list[tuple[str, str]]) -> None:
    given_headers = multidict.CIMultiDict(headers)
    with contextlib.suppress(errors.BadRequest):
        found = impersonation.wanted(given_headers)
        assert found is None or found.name
        for text in () if found is None else (found.name, found.uid, *found.groups, *found.extra):
            text.encode()
