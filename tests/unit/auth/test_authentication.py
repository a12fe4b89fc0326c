"""Client certificates, and several authenticators as one."""

from __future__ import annotations

import pytest

from kroute.auth import authentication, authorities, certificates, clientcertificates, unions
from kroute.machinery import context, errors
from tests.unit.auth import requests

SUBJECT = ((("organizationName", "system:masters"),), (("organizationName", "ops"),), (("commonName", "admin"),))


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
    user = await clientcertificates.ClientCertificates().authenticate(requests.Request(certificate=certificate))
    assert user is not None
    assert (user.name, user.uid) == ("admin", "u-1")
    assert user.groups == ("system:masters", "ops", "system:authenticated")
    assert list(user.extra) == ["authentication.kubernetes.io/credential-id"]


async def test_a_certificate_without_a_common_name_is_nobodys() -> None:
    certificate = certificates.read(SUBJECT[:1], b"der")
    assert await clientcertificates.ClientCertificates().authenticate(requests.Request(certificate=certificate)) is None


async def test_a_request_without_credentials_is_anonymous() -> None:
    assert await unions.UnionAuthenticator([Unknown()]).authenticate(requests.Request()) is context.ANONYMOUS


async def test_anonymous_requests_can_be_switched_off() -> None:
    assert await unions.UnionAuthenticator([Unknown()], otherwise=None).authenticate(requests.Request()) is None


async def test_wrong_credentials_do_not_make_a_request_anonymous() -> None:
    with pytest.raises(errors.Unauthorized):
        await unions.UnionAuthenticator([Wrong(), Unknown()]).authenticate(requests.Request())


async def test_another_authenticator_may_know_what_one_takes_for_wrong() -> None:
    found = await unions.UnionAuthenticator([Wrong(), Known()]).authenticate(requests.Request())
    assert found is not None
    assert found.name == "known"


HELD = certificates.read(SUBJECT, b"der", authorities=frozenset((b"our authority",)), expires=1000.0)


@pytest.mark.parametrize(
    "trusted, now, reason",
    [
        (b"another", 0.0, certificates.UNKNOWN_AUTHORITY),
        (b"our authority", 1000.5, certificates.EXPIRED),
    ],
)
async def test_a_certificate_of_another_authority_or_that_is_too_old_is_refused(
    trusted: bytes, now: float, reason: str
) -> None:
    asked = clientcertificates.ClientCertificates(authorities.Fixed(frozenset((trusted,))), now=lambda: now)
    with pytest.raises(authentication.Rejected) as refused:
        await asked.authenticate(requests.Request(certificate=HELD))
    assert refused.value.reasons == (reason,)


async def test_a_certificate_of_one_of_the_authorities_is_believed() -> None:
    trusted = authorities.Fixed(frozenset((b"our authority", b"another")))
    found = await clientcertificates.ClientCertificates(trusted, now=lambda: 999.0).authenticate(
        requests.Request(certificate=HELD)
    )
    assert found is not None
    assert found.name == "admin"


@pytest.mark.parametrize("uids", [("u-1", "u-2"), ("",)])
async def test_a_certificate_must_not_have_two_uids_or_an_empty_one(uids: tuple[str, ...]) -> None:
    subject = (*SUBJECT, *((("1.3.6.1.4.1.57683.2", uid),) for uid in uids))
    certificate = certificates.read(subject, b"der")
    with pytest.raises(authentication.Rejected):
        await clientcertificates.ClientCertificates().authenticate(requests.Request(certificate=certificate))
