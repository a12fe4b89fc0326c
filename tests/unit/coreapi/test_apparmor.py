"""AppArmor profiles that annotations of new pods name."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.strategies import apparmor
from kroute.machinery import context

KEY = "container.apparmor.security.beta.kubernetes.io/c"
WARNING = f'metadata.annotations[{KEY}]: deprecated since v1.30; use the "appArmorProfile" field instead'


def carried(annotation: str, own: Any = None, **spec: Any) -> tuple[Any, list[str]]:
    """The container's security context afterwards, and the warnings."""
    container: dict[str, Any] = {"name": "c", **({} if own is None else {"securityContext": own})}
    pod = {"metadata": {"annotations": {KEY: annotation}}, "spec": {"containers": [container], **spec}}
    ctx = context.RequestContext()
    apparmor.carry_over(ctx, pod)
    return container.get("securityContext"), ctx.warnings


@pytest.mark.parametrize("annotation", ["bad", "localhost/", "localhost/ padded "])
def test_what_is_no_profile_is_warned_of_and_not_carried_over(annotation: str) -> None:
    assert carried(annotation) == (None, [WARNING])


@pytest.mark.parametrize(
    "annotation, profile",
    [
        ("unconfined", {"type": "Unconfined"}),
        ("runtime/default", {"type": "RuntimeDefault"}),
        ("localhost/foo", {"type": "Localhost", "localhostProfile": "foo"}),
    ],
)
def test_profiles_become_fields_with_a_warning(annotation: str, profile: dict[str, str]) -> None:
    assert carried(annotation) == ({"appArmorProfile": profile}, [WARNING])


def test_the_rest_of_the_security_context_stays() -> None:
    context_, _ = carried("unconfined", {"privileged": False})
    assert context_ == {"privileged": False, "appArmorProfile": {"type": "Unconfined"}}


def test_a_field_wins() -> None:
    own = {"appArmorProfile": {"type": "RuntimeDefault"}}
    assert carried("unconfined", own) == (own, [])


def test_what_the_pod_says_already_needs_no_field() -> None:
    whole = {"appArmorProfile": {"type": "Unconfined"}}
    assert carried("unconfined", securityContext=whole) == (None, [])


def test_pods_for_windows_are_left_alone() -> None:
    assert carried("unconfined", os={"name": "windows"}) == (None, [])
