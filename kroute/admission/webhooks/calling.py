"""One call of a webhook: asked, answered, believed; or not.

What goes wrong is told in kube-apiserver's words, and is the business of the webhook's failure policy.
"""

from __future__ import annotations

from typing import Any, Protocol

from kroute.admission import attributes
from kroute.admission.expressions import inputs
from kroute.admission.webhooks import hooks, reviews
from kroute.machinery import errors, goformat
from kroute.webhook import client, config

DRY = ("None", "NoneOnDryRun")
LARGEST = 8 * 1024 * 1024
"""How many bytes an answer may have."""


class Calls(Protocol):
    """Makes calls, as `webhook.client.Clients` does; raises CallError."""

    async def call(self, where: config.ClientConfig, document: Any, *, timeout: float, largest: int) -> Any: ...


class CallFailed(Exception):
    """A webhook gave no answer that can be used; the text is what is told of it."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"failed calling webhook {goformat.quote(name)}: {why}")

    def error(self) -> errors.APIError:
        return errors.InternalError.of(str(self))


async def ask(
    calls: Calls, hook: hooks.Hook, found: attributes.Attributes, about: inputs.Input, *, mutating: bool
) -> reviews.Response:
    """What an allowing webhook says; its warnings and annotations are passed on.

    Raises CallFailed, and an APIError where it refuses or can't be asked."""
    if found.dry_run and hook.side_effects not in DRY:
        raise errors.BadRequest(f"admission webhook {goformat.quote(hook.name)} does not support dry run")
    try:
        version = reviews.version_of(hook.versions)
    except reviews.BadResponse as error:
        raise CallFailed(hook.name, f"could not create admission objects: {error}") from error
    uid, review = reviews.review(found, about, version)
    try:
        answer = await calls.call(hook.client, review, timeout=hook.timeout, largest=LARGEST)
    except client.CallError as error:
        raise CallFailed(hook.name, f"failed to call webhook: {error}") from error
    try:
        response = reviews.verified(answer, uid, version, mutating=mutating)
    except reviews.BadResponse as error:
        raise CallFailed(hook.name, f"received invalid webhook response: {error}") from error
    for key, value in response.annotations.items():
        found.annotate(f"{hook.name}/{key}", value)
    for text in response.warnings:
        found.ctx.warn(text)
    if not response.allowed:
        raise reviews.denial(hook.name, response.result)
    return response
