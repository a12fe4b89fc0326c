"""Tokens of service accounts: which are believed, and what shuts them out."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kroute.aio import clocks
from kroute.auth import accounts, accounttokens, authentication, jwts, keys, signing
from tests.unit.auth import stores

NOW = 1_700_000_000.0
OWN = ("https://kubernetes.default.svc",)
OLD = "2023-11-14T22:00:00Z"
RECENT = "2023-11-14T22:13:00Z"

SIGNER = signing.Signer(issuer=OWN[0])
OTHER = signing.Signer(issuer=OWN[0])


@pytest.fixture
def objects() -> stores.Objects:
    made = stores.Objects()
    made.put("serviceaccounts", "team/robot", "u-1")
    return made


@pytest.fixture
def clock() -> clocks.ManualClock:
    return clocks.ManualClock(NOW)


@pytest.fixture
def known(objects: stores.Objects, clock: clocks.ManualClock) -> accounttokens.AccountTokens:
    return made(objects, clock)


def made(objects: stores.Objects, clock: clocks.Clock, *public: keys.Key, **rest: Any) -> accounttokens.AccountTokens:
    found = public or (SIGNER.key,)
    options = {"issuers": OWN, "audiences": OWN, **rest}
    return accounttokens.AccountTokens(lambda: found, objects, clock=clock, **options)


def claims(**changed: Any) -> dict[str, Any]:
    """What a token says that was just issued; None takes a claim away."""
    about = {"namespace": "team", "serviceaccount": {"name": "robot", "uid": "u-1"}, **changed.pop("about", {})}
    found = {
        "aud": list(OWN),
        "exp": NOW + 3600,
        "iat": NOW,
        "nbf": NOW,
        "jti": "id-1",
        "sub": "system:serviceaccount:team:robot",
        "kubernetes.io": about,
        **changed,
    }
    return {key: value for key, value in found.items() if value is not None}


async def reason(known: accounttokens.AccountTokens, token: str, audiences: tuple[str, ...] = OWN) -> str:
    with pytest.raises(authentication.Rejected) as refused:
        await known.authenticate_token(token, audiences)
    return "; ".join(refused.value.reasons)


def compact(header: Any, payload: Any, signature: bytes = b"x") -> str:
    parts = (orjson.dumps(header), orjson.dumps(payload), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_a_token_tells_the_account_with_its_groups(known: accounttokens.AccountTokens) -> None:
    found = await known.authenticate_token(SIGNER.sign(claims()), OWN)
    assert found is not None
    user = found.user
    assert (user.name, user.uid) == ("system:serviceaccount:team:robot", "u-1")
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:team", "system:authenticated")
    assert user.extra == {"authentication.kubernetes.io/credential-id": ("JTI=id-1",)}
    assert found.audiences == list(OWN)


def numbered(tokens: Iterator[str]) -> dict[str, Any]:
    found = list(tokens)
    return {"argvalues": found, "ids": [str(number) for number in range(len(found))]}


def strange_tokens() -> Iterator[str]:
    yield ""
    yield "."
    yield ".."
    yield "a.b.c"
    yield "é.é.é"
    yield "\udcff.\udcff.\udcff"
    yield "a" * 60_000
    yield "." * 60_000
    yield compact([], claims())
    yield compact({"alg": "RS256"}, [])
    yield compact({"alg": "RS256"}, "x")
    yield compact({"alg": "RS256"}, {"iss": ["https://kubernetes.default.svc"]})
    yield f"{compact({'alg': 'RS256'}, claims())}.more"
    yield SIGNER.sign(claims()) + "="
    yield SIGNER.sign(claims()) + "~"
    yield "[" * 5000 + "." + "[" * 5000 + ".x"


@pytest.mark.parametrize("token", **numbered(strange_tokens()))
async def test_what_is_no_token_of_an_account_is_left_to_others(known: accounttokens.AccountTokens, token: str) -> None:
    assert await known.authenticate_token(token, OWN) is None


async def test_a_token_of_another_issuer_is_left_to_others(known: accounttokens.AccountTokens) -> None:
    assert await known.authenticate_token(SIGNER.sign(claims(), issuer="https://elsewhere"), OWN) is None


def forged_tokens() -> Iterator[str]:
    payload = {**claims(), "iss": OWN[0]}
    public = keys.public_text(SIGNER.key.jose.public_key)
    for more in ({"crit": ["exp"]}, {"b64": False}, {"crit": ["b64"], "b64": False}):
        yield compact({"alg": "RS256", **more}, payload)
    yield compact({"alg": "none"}, payload, b"")
    yield compact({"alg": "None"}, payload, b"")
    yield compact({}, payload)
    yield compact({"alg": None}, payload)
    yield compact({"alg": "RS256"}, payload)
    yield compact({"alg": "RS256", "kid": SIGNER.key.id}, payload, b"\0" * 256)
    yield compact({"alg": "RS256", "kid": {"a": "b"}}, payload)
    yield compact({"alg": "ES256"}, payload, b"\0" * 64)
    yield compact({"alg": "HS256"}, payload)
    for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": SIGNER.key.id}):  # the public key taken for a secret
        unsigned = compact(header, payload, b"").rstrip(".")
        yield f"{unsigned}.{encoded(hmac.digest(public, unsigned.encode(), hashlib.sha256))}"
    for kid in ("../../../etc/passwd", "' OR 1=1", "\0", SIGNER.key.id + "x"):
        yield compact({"alg": "RS256", "kid": kid}, payload)
    yield compact({"alg": "RS256", "jwk": SIGNER.key.jose.as_dict(private=False)}, payload)
    yield OTHER.sign(claims())
    good = SIGNER.sign(claims())
    yield good + "x"
    yield good[:-8] + "AAAAAAAA"
    head, _, signature = good.split(".")
    yield f"{head}.{encoded(orjson.dumps({**payload, 'sub': 'system:serviceaccount:kube-system:admin'}))}.{signature}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize("token", **numbered(forged_tokens()))
async def test_a_token_that_no_known_key_signed_is_refused(known: accounttokens.AccountTokens, token: str) -> None:
    assert await reason(known, token) in (jwts.FAILED, "invalid signature, no keys found")


@pytest.mark.parametrize(
    "changed, complaint",
    [
        ({"exp": NOW - 61}, "service account token has expired"),
        ({"nbf": NOW + 61}, "service account token is not valid yet"),
        ({"iat": NOW + 61}, "service account token is issued in the future"),
        ({"exp": "tomorrow"}, jwts.NO_NUMBER),
        ({"exp": True}, jwts.NO_NUMBER),
        ({"aud": ["example"]}, 'token audiences ["example"] is invalid for the target audiences'),
        ({"aud": "example"}, 'token audiences ["example"] is invalid'),
        ({"aud": {"a": "b"}, "kubernetes.io": None}, 'serviceaccounts "" not found'),
        ({"kubernetes.io": "team"}, 'serviceaccounts "" not found'),
        ({"about": {"serviceaccount": {"name": "gone", "uid": "u-1"}}}, 'serviceaccounts "gone" not found'),
        (
            {"about": {"serviceaccount": {"name": "robot", "uid": "u-0"}}},
            "service account UID (u-1) does not match claim (u-0)",
        ),
        ({"about": {"serviceaccount": {"name": "robot"}}}, "service account UID (u-1) does not match claim ()"),
        ({"about": {"secret": {"name": "gone", "uid": "s"}}}, "service account token has been invalidated"),
        ({"about": {"pod": {"name": "gone", "uid": "p"}}}, "service account token has been invalidated"),
        ({"about": {"node": {"name": "gone", "uid": "n"}}}, "service account token has been invalidated"),
        (
            {"about": {"pod": {"name": "web", "uid": "p-0"}}},
            "pod UID (p-1) does not match service account pod ref claim (p-0)",
        ),
        (
            {"about": {"secret": {"name": "hold", "uid": "s-0"}}},
            "secret UID (s-1) does not match service account secret ref claim (s-0)",
        ),
        (
            {"about": {"node": {"name": "n1", "uid": "n-0"}}},
            "node UID (n-1) does not match service account node ref claim (n-0)",
        ),
    ],
)
async def test_a_signed_token_is_refused_when_something_is_wrong(
    known: accounttokens.AccountTokens, objects: stores.Objects, changed: dict[str, Any], complaint: str
) -> None:
    objects.put("pods", "team/web", "p-1")
    objects.put("secrets", "team/hold", "s-1")
    objects.put("nodes", "n1", "n-1")
    assert complaint in await reason(known, SIGNER.sign(claims(**changed)))


async def test_clocks_may_differ_by_a_minute(known: accounttokens.AccountTokens) -> None:
    for changed in ({"exp": NOW - 59}, {"nbf": NOW + 59}, {"iat": NOW + 59}):
        assert await known.authenticate_token(SIGNER.sign(claims(**changed)), OWN) is not None


async def test_a_token_that_was_good_is_refused_once_its_time_is_over(
    known: accounttokens.AccountTokens, clock: clocks.ManualClock
) -> None:
    token = SIGNER.sign(claims())
    assert await known.authenticate_token(token, OWN) is not None
    await clock.advance(3661)
    assert await reason(known, token) == "service account token has expired"


@pytest.mark.parametrize("plural, key", [("serviceaccounts", "team/robot"), ("pods", "team/web")])
async def test_a_token_that_was_good_is_refused_at_once_when_what_it_lives_with_is_gone(
    known: accounttokens.AccountTokens, objects: stores.Objects, plural: str, key: str
) -> None:
    objects.put("pods", "team/web", "p-1")
    token = SIGNER.sign(claims(about={"pod": {"name": "web", "uid": "p-1"}}))
    assert await known.authenticate_token(token, OWN) is not None
    objects.remove(plural, key)
    with pytest.raises(authentication.Rejected):
        await known.authenticate_token(token, OWN)


async def test_an_account_made_again_under_the_same_name_is_another_one(
    known: accounttokens.AccountTokens, objects: stores.Objects
) -> None:
    token = SIGNER.sign(claims())
    assert await known.authenticate_token(token, OWN) is not None
    objects.put("serviceaccounts", "team/robot", "u-2")
    assert await reason(known, token) == "service account UID (u-2) does not match claim (u-1)"


async def test_what_is_being_deleted_counts_for_a_minute_more(
    known: accounttokens.AccountTokens, objects: stores.Objects
) -> None:
    token = SIGNER.sign(claims())
    objects.put("serviceaccounts", "team/robot", "u-1", metadata={"deletionTimestamp": RECENT})
    assert await known.authenticate_token(token, OWN) is not None
    objects.put("serviceaccounts", "team/robot", "u-1", metadata={"deletionTimestamp": OLD})
    assert await reason(known, token) == "service account team/robot has been deleted"


async def test_objects_are_read_again_only_when_they_changed(
    known: accounttokens.AccountTokens, objects: stores.Objects
) -> None:
    token = SIGNER.sign(claims())
    for _ in range(3):
        await known.authenticate_token(token, OWN)
    assert objects.asked == 1
    objects.put("serviceaccounts", "team/robot", "u-1")
    await known.authenticate_token(token, OWN)
    assert objects.asked == 2


async def test_a_token_of_a_pod_tells_the_pod_and_its_node(
    known: accounttokens.AccountTokens, objects: stores.Objects
) -> None:
    objects.put("pods", "team/web", "p-1")
    about = {"pod": {"name": "web", "uid": "p-1"}, "node": {"name": "n1", "uid": "n-1"}}
    found = await known.authenticate_token(SIGNER.sign(claims(about=about, jti=None)), OWN)
    assert found is not None
    prefix = "authentication.kubernetes.io"
    assert found.user.extra == {
        f"{prefix}/pod-name": ("web",),
        f"{prefix}/pod-uid": ("p-1",),
        f"{prefix}/node-name": ("n1",),
        f"{prefix}/node-uid": ("n-1",),
    }


async def test_a_token_is_for_those_of_its_audiences_that_are_asked_for(known: accounttokens.AccountTokens) -> None:
    token = SIGNER.sign(claims(aud=["a", "b", "c"]))
    found = await known.authenticate_token(token, ("c", "x", "a"))
    assert found is not None
    assert found.audiences == ["a", "c"]


async def test_keys_can_be_rotated(objects: stores.Objects, clock: clocks.ManualClock) -> None:
    young = signing.Signer(
        lambda: keys.private_text(ec.generate_private_key(ec.SECP384R1())), issuer="https://young.example"
    )
    both = made(objects, clock, young.key, OTHER.key, issuers=("https://young.example", *OWN))
    for signer in (young, OTHER):
        assert await both.authenticate_token(signer.sign(claims()), OWN) is not None
    assert await reason(both, SIGNER.sign(claims())) == "invalid signature, no keys found"


async def test_a_token_without_a_key_id_is_tried_with_all_keys(
    objects: stores.Objects, clock: clocks.ManualClock
) -> None:
    from joserfc import jws

    payload = orjson.dumps({**claims(), "iss": OWN[0]})
    token = jws.serialize_compact({"alg": "RS256"}, payload, SIGNER.key.jose, algorithms=["RS256"])
    assert await made(objects, clock, OTHER.key, SIGNER.key).authenticate_token(token, OWN) is not None


async def test_a_token_that_should_have_been_renewed_is_told_of(
    known: accounttokens.AccountTokens, clock: clocks.ManualClock
) -> None:
    token = SIGNER.sign(claims(exp=NOW + 10_000, about={"warnafter": NOW + 100}))
    await clock.advance(150)
    found = await known.authenticate_token(token, OWN)
    assert found is not None
    text = "subject: system:serviceaccount:team:robot, seconds after warning threshold: 50"
    assert found.annotations == (("authentication.k8s.io/stale-token", text),)


class TestTokensOfSecrets:
    """Tokens that never end, and live with the Secret that holds them."""

    @pytest.fixture
    def token(self, objects: stores.Objects) -> str:
        account = {"metadata": {"name": "robot", "namespace": "team", "uid": "u-1"}}
        token = SIGNER.sign(accounts.legacy_claims(account, "robot-token"), issuer=accounts.LEGACY_ISSUER)
        objects.put("secrets", "team/robot-token", "s-1", data=holding(token))
        return token

    async def test_one_is_believed_while_its_secret_holds_it(
        self, known: accounttokens.AccountTokens, objects: stores.Objects, token: str
    ) -> None:
        for _ in range(2):
            found = await known.authenticate_token(token, OWN)
            assert found is not None
            assert found.user.name == "system:serviceaccount:team:robot"
            assert found.audiences == list(OWN)
            text = "system:serviceaccount:team:robot"
            assert found.annotations == (("authentication.k8s.io/legacy-token", text),)

    async def test_it_is_for_the_servers_own_audiences_alone(
        self, known: accounttokens.AccountTokens, token: str
    ) -> None:
        assert "is invalid for the target audiences" in await reason(known, token, ("example",))

    @pytest.mark.parametrize(
        "data, metadata, complaint",
        [
            ({}, {}, "Token does not match server's copy"),
            ({"token": "not base64"}, {}, "Token does not match server's copy"),
            ({"token": base64.b64encode(b"another").decode()}, {}, "Token does not match server's copy"),
            (None, {"deletionTimestamp": RECENT}, "Token has been invalidated"),
            (None, {"labels": {accounttokens.INVALID_SINCE: "2023-01-01"}}, "has been marked invalid"),
        ],
    )
    async def test_it_is_refused_when_the_secret_says_otherwise(
        self,
        known: accounttokens.AccountTokens,
        objects: stores.Objects,
        token: str,
        data: dict[str, str] | None,
        metadata: dict[str, Any],
        complaint: str,
    ) -> None:
        assert await known.authenticate_token(token, OWN) is not None
        kept = holding(token) if data is None else data
        objects.put("secrets", "team/robot-token", "s-1", data=kept, metadata=metadata)
        assert complaint in await reason(known, token)

    async def test_it_is_refused_when_the_secret_or_the_account_is_gone(
        self, known: accounttokens.AccountTokens, objects: stores.Objects, token: str
    ) -> None:
        objects.remove("serviceaccounts", "team/robot")
        assert await reason(known, token) == 'serviceaccounts "robot" not found'
        objects.remove("secrets", "team/robot-token")
        assert await reason(known, token) == "Token has been invalidated"

    @pytest.mark.parametrize("claim", accounts.LEGACY_CLAIMS)
    async def test_it_must_say_everything(
        self, known: accounttokens.AccountTokens, objects: stores.Objects, claim: str
    ) -> None:
        account = {"metadata": {"name": "robot", "namespace": "team", "uid": "u-1"}}
        told = accounts.legacy_claims(account, "robot-token")
        del told[f"{accounts.LEGACY}{claim}"]
        assert "claim is" in await reason(known, SIGNER.sign(told, issuer=accounts.LEGACY_ISSUER))


def holding(token: str) -> dict[str, str]:
    return {"token": base64.b64encode(token.encode()).decode()}
