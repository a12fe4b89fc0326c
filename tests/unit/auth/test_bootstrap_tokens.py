"""Bootstrap tokens, and what keeps a Secret from being one."""

from __future__ import annotations

import base64
import logging
from typing import Any

import pytest

from kroute.aio import clocks
from kroute.auth import bootstraptokens
from tests.unit.auth import stores

TOKEN = "abcdef.0123456789abcdef"
DATA = {
    "token-id": "abcdef",
    "token-secret": "0123456789abcdef",
    "usage-bootstrap-authentication": "true",
    "auth-extra-groups": "system:bootstrappers:workers,system:bootstrappers:all",
    "expiration": "2023-11-14T22:13:21Z",
}
CLOCK = clocks.ManualClock(1_700_000_000.0)  # 2023-11-14T22:13:20Z


def kept(data: dict[str, str], kind: str = bootstraptokens.TYPE, **metadata: Any) -> bootstraptokens.BootstrapTokens:
    objects = stores.Objects()
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    objects.put("secrets", "kube-system/bootstrap-token-abcdef", "s", type=kind, data=encoded, metadata=metadata)
    return bootstraptokens.BootstrapTokens(objects, CLOCK)


async def test_a_token_has_a_user_and_groups_of_its_own() -> None:
    found = await kept(DATA).owner(TOKEN)
    assert found is not None
    assert found.name == "system:bootstrap:abcdef"
    assert found.groups == (
        "system:bootstrappers",
        "system:bootstrappers:all",
        "system:bootstrappers:workers",
        "system:authenticated",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"token-secret": "0123456789abcdee"},
        {"token-secret": ""},
        {"token-id": "abcdee"},
        {"usage-bootstrap-authentication": "false"},
        {"usage-bootstrap-authentication": ""},
        {"expiration": "2023-11-14T22:13:20Z"},
        {"expiration": "soon"},
        {"auth-extra-groups": "system:masters"},
        {"auth-extra-groups": "system:bootstrappers:a,"},
    ],
)
async def test_a_secret_that_says_otherwise_lets_nobody_in(
    changed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="kroute.auth")
    assert await kept({**DATA, **changed}).owner(TOKEN) is None
    assert "0123456789" not in caplog.text


async def test_a_secret_of_another_type_or_on_its_way_out_lets_nobody_in() -> None:
    assert await kept(DATA, "Opaque").owner(TOKEN) is None
    assert await kept(DATA, deletionTimestamp="2023-11-14T22:13:20Z").owner(TOKEN) is None
    assert await bootstraptokens.BootstrapTokens(stores.Objects()).owner(TOKEN) is None


@pytest.mark.parametrize("token", ["", "abcdef", "abcdef.", "ABCDEF.0123456789abcdef", f"{TOKEN}\n", f" {TOKEN}"])
async def test_what_has_another_form_is_left_to_others(token: str) -> None:
    assert await kept(DATA).owner(token) is None
