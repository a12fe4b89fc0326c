"""MutatingAdmissionWebhook: webhooks that may change an object, asked one after the other.

One whose changes come after another that wants to see them has that one asked again.
Mirrors `k8s.io/apiserver/pkg/admission/plugin/webhook/mutating`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from kroute.admission import attributes, rules
from kroute.admission.expressions import inputs
from kroute.admission.webhooks import calling, hooks, patching, reviews
from kroute.machinery import codecs, objects

log = logging.getLogger("kroute.admission")

NAME = "MutatingAdmissionWebhook"
CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE
DELETE, CONNECT = attributes.Operation.DELETE, attributes.Operation.CONNECT
PATCHED, MUTATED = "patch.webhook.admission.k8s.io/", "mutation.webhook.admission.k8s.io/"
FAILED_OPEN = f"failed-open.{MUTATED}"


@dataclass(slots=True)
class Rounds:
    """What is to be asked again in the second round, and what the object was when the first one ended."""

    asked: set[str] = field(default_factory=set)
    """Webhooks that want to be asked again when something changes after them."""
    again: set[str] = field(default_factory=set)
    left: objects.Object | None = None

    def changed(self) -> None:
        """Have those asked again that were asked before."""
        self.again |= self.asked
        self.asked = set()


class MutatingWebhooks:
    operations = (CREATE, UPDATE, DELETE, CONNECT)

    def __init__(self, known: hooks.Hooks, calls: calling.Calls) -> None:
        self._hooks, self._calls = known, calls

    async def admit(self, found: attributes.Attributes) -> None:
        """Raises what a webhook that refuses makes of it, Forbidden, InternalError."""
        if not self._hooks.any() or rules.is_exempt(found):
            return
        rounds: Rounds = found.again.notes.setdefault(NAME, Rounds())
        if found.again.second and rounds.left != found.obj:
            rounds.changed()
        for index, candidate in enumerate(self._hooks.candidates(found)):
            if found.again.second and candidate.hook.id not in rounds.again:
                continue
            if await self._hooks.concerns(candidate, found):
                if await self._ask(candidate, found, index):
                    rounds.changed()
                    found.again.asked = True
                if candidate.hook.reinvocable:
                    rounds.asked.add(candidate.hook.id)
        rounds.left = objects.copy(found.obj) if found.obj is not None else None

    async def _ask(self, candidate: hooks.Invocation, found: attributes.Attributes, index: int) -> bool:
        """Whether a webhook has changed the object."""
        hook, changed = candidate.hook, False
        place = f"round_{int(found.again.second)}_index_{index}"
        try:
            about = inputs.Input(found, candidate.form or found.form, None)
            response = await calling.ask(self._calls, hook, found, about, mutating=True)
            if response.patch:
                changed = self._apply(candidate, found, about, response, place)
        except calling.CallFailed as error:
            if not hook.ignore:
                raise error.error() from error
            log.warning("failing open: %s", error)
            found.annotate(f"{FAILED_OPEN}{place}", hook.name)
        finally:
            note = {"configuration": hook.configuration, "webhook": hook.name, "mutated": changed}
            found.annotate(f"{MUTATED}{place}", codecs.encode(note).decode())
        return changed

    def _apply(
        self,
        candidate: hooks.Invocation,
        found: attributes.Attributes,
        about: inputs.Input,
        response: reviews.Response,
        place: str,
    ) -> bool:
        hook = candidate.hook
        operations = patching.operations(hook.name, response)
        if not operations:
            return False
        changed = patching.apply(hook.name, found, candidate.form or found.form, about.obj, operations)
        note: dict[str, Any] = {"configuration": hook.configuration, "webhook": hook.name, "patch": operations}
        found.annotate(f"{PATCHED}{place}", codecs.encode({**note, "patchType": "JSONPatch"}).decode())
        return changed
