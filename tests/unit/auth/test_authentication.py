"""Client certificates, and several authenticators as one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from kroute.auth import authentication, certificates, unions
from kroute.machinery import context, errors

SUBJECT = ((("organizationName", "system:masters"),), (("organizationName", "ops"),), (("commonName", "admin"),))


class Request:
    headers: Mapping[str, str] = {}

    def __init__(self, certificate: certificates.ClientCertificate | None = None) -> None:
        self.certificate = certificate

    def warn(self, text: str) -> None:
        raise AssertionError(text)


class Known:
    async def authenticate(self, request: authentication.Request) -> context.User | None:
        return context.User("known")


class Unknown:
    async def authenticate(self, request: authentication.Request) -> context.User | None:
        return None


class Wrong:
    async def authenticate(self, request: authentication.Request) -> context.User | None:
        raise errors.Unauthorized


async def test_a_certificate_names_the_user_and_the_groups() -> None:
    certificate = certificates.read((*SUBJECT, (("1.3.6.1.4.1.57683.2", "u-1"),)), b"der")
    user = await certificates.ClientCertificates().authenticate(Request(certificate))
    assert user is not None
    assert (user.name, user.uid) == ("admin", "u-1")
    assert user.groups == ("system:masters", "ops", "system:authenticated")
    assert list(user.extra) == ["authentication.kubernetes.io/credential-id"]


async def test_a_certificate_without_a_common_name_is_nobodys() -> None:
    certificate = certificates.read(SUBJECT[:1], b"der")
    assert await certificates.ClientCertificates().authenticate(Request(certificate)) is None


async def test_a_request_without_credentials_is_anonymous() -> None:
    assert await unions.UnionAuthenticator([Unknown()]).authenticate(Request()) is context.ANONYMOUS


async def test_anonymous_requests_can_be_switched_off() -> None:
    assert await unions.UnionAuthenticator([Unknown()], otherwise=None).authenticate(Request()) is None


async def test_wrong_credentials_do_not_make_a_request_anonymous() -> None:
    with pytest.raises(errors.Unauthorized):
        await unions.UnionAuthenticator([Wrong(), Unknown()]).authenticate(Request())


async def test_another_authenticator_may_know_what_one_takes_for_wrong() -> None:
    found = await unions.UnionAuthenticator([Wrong(), Known()]).authenticate(Request())
    assert found is not None
    assert found.name == "known"
