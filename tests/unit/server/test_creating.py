"""Creating by an update takes the permission to create."""

from __future__ import annotations

import pytest

from kroute.admission import attributes
from kroute.auth import authorization
from kroute.machinery import context, errors, gvk, requestinfo
from kroute.server import creating

RESOURCE = gvk.GroupVersionResource("toys.example.org", "v1", "widgets")
PATH = "/apis/toys.example.org/v1/namespaces/play/widgets"


class Only:
    """Allows one verb."""

    def __init__(self, verb: str, error: str = "") -> None:
        self.verb, self.error = verb, error

    async def authorize(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        if info.verb == self.verb:
            return authorization.ALLOWED
        return authorization.Decision(authorization.Verdict.NO_OPINION, "not you", self.error)


def creation(method: str, name: str) -> attributes.Attributes:
    info = requestinfo.parse(method, f"{PATH}/{name}" if name else PATH, {})
    return attributes.Attributes(
        operation=attributes.Operation.CREATE,
        kind=gvk.GroupVersionKind(RESOURCE.group, "v1", "Widget"),
        resource=RESOURCE,
        namespace="play",
        name=name,
        obj={},
        ctx=context.RequestContext(user=context.User("alice"), info=info, namespace="play"),
    )


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_who_may_not_create_is_told_so(method: str) -> None:
    with pytest.raises(errors.Forbidden) as refused:
        await creating.CreatingByUpdate(Only("update")).validate(creation(method, "big"))
    assert refused.value.message == (
        'widgets.toys.example.org "big" is forbidden: User "alice" cannot create resource "widgets" in API group '
        '"toys.example.org" in the namespace "play": not you'
    )
    await creating.CreatingByUpdate(Only("create")).validate(creation(method, "big"))


async def test_a_create_was_asked_about_already() -> None:
    await creating.CreatingByUpdate(Only("nothing")).validate(creation("POST", ""))


async def test_what_can_not_be_decided_is_an_error() -> None:
    with pytest.raises(errors.InternalError, match="Internal error occurred: lost"):
        await creating.CreatingByUpdate(Only("update", "lost")).validate(creation("PUT", "big"))
