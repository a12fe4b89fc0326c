"""Front proxies: whose word counts, and what their headers mean."""

from __future__ import annotations

import pytest

from kroute.auth import authentication, authorities, certificates, proxies
from tests.unit.auth import requests

OURS = authorities.Fixed(frozenset((b"proxies' authority",)))
OPTIONS = proxies.Options(
    allowed_names=("front",),
    username_headers=("X-Remote-User", "X-Other-User"),
    uid_headers=("X-Remote-Uid",),
    group_headers=("X-Remote-Group", "X-Other-Group"),
    extra_prefixes=("X-Remote-Extra-",),
)
ADMIN = ("X-Remote-User", "admin")


def certificate(name: str = "front", authority: bytes = b"proxies' authority") -> certificates.ClientCertificate:
    subject = ((("commonName", name),),) if name else ()
    return certificates.read(subject, b"der", authorities=frozenset((authority,)), expires=1000.0)


def asked(options: proxies.Options = OPTIONS, now: float = 0.0) -> proxies.FrontProxies:
    return proxies.FrontProxies(options, OURS, now=lambda: now)


async def test_headers_of_a_client_without_a_certificate_mean_nothing() -> None:
    assert await asked().authenticate(requests.Request(ADMIN)) is None


@pytest.mark.parametrize(
    "held, now, complaint",
    [
        (certificate(authority=b"clients' authority"), 0.0, "unknown authority"),
        (certificate("back"), 0.0, "x509: subject with cn=back is not in the allowed list"),
        (certificate(""), 0.0, "x509: subject with cn= is not in the allowed list"),
        (certificate(), 1001.0, "expired"),
    ],
)
async def test_headers_of_a_client_with_another_certificate_are_refused(
    held: certificates.ClientCertificate, now: float, complaint: str
) -> None:
    with pytest.raises(authentication.Rejected) as refused:
        await asked(now=now).authenticate(requests.Request(ADMIN, certificate=held))
    assert complaint in refused.value.reasons[0]


async def test_any_name_will_do_when_none_are_listed() -> None:
    options = proxies.Options(username_headers=("X-Remote-User",))
    found = await asked(options).authenticate(requests.Request(ADMIN, certificate=certificate("whoever")))
    assert found is not None


async def test_a_proxy_that_names_nobody_is_nobody() -> None:
    for headers in ((), (("X-Remote-User", ""),), (("X-Remote-Group", "system:masters"),), (("X_Remote_User", "a"),)):
        assert await asked().authenticate(requests.Request(*headers, certificate=certificate())) is None


async def test_headers_tell_the_user_and_what_belongs_to_it() -> None:
    request = requests.Request(
        ("x-remote-user", ""),
        ("X-Other-User", "alice"),
        ("X-Remote-Uid", "2"),
        ("X-Remote-Group", "devs"),
        ("X-Other-Group", "ops"),
        ("X-Remote-Group", ""),
        ("x-remote-extra-Example.com%2FTeam", "red"),
        ("X-Remote-Extra-example.com%2fteam", "blue"),
        certificate=certificate(),
    )
    found = await asked().authenticate(request)
    assert found is not None
    assert (found.name, found.uid) == ("alice", "2")
    assert found.groups == ("devs", "ops", "system:authenticated")
    assert found.extra == {"example.com/team": ("red", "blue")}


def test_nobody_after_authentication_sees_who_was_named() -> None:
    options = proxies.Options(username_headers=("X-Who",), extra_prefixes=("X-More-",))
    request = requests.Request(
        ("authorization", "Bearer secret"),
        ("X-WHO", "alice"),
        ("x-more-team", "red"),
        ("X-Remote-User", "admin"),
        ("X-Remote-Extra-Team", "red"),
        ("X-Remote", "stays"),
        ("Accept", "stays"),
    )
    found = proxies.hidden(options).found(request.headers)
    assert found == ("authorization", "X-WHO", "x-more-team", "X-Remote-User", "X-Remote-Extra-Team")
