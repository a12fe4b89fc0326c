"""ValidatingAdmissionWebhook: webhooks that may refuse, asked side by side.

Mirrors `k8s.io/apiserver/pkg/admission/plugin/webhook/validating`.
"""

from __future__ import annotations

import asyncio
import logging

from kroute.admission import attributes, rules
from kroute.admission.expressions import inputs
from kroute.admission.webhooks import calling, hooks
from kroute.machinery import gvk

log = logging.getLogger("kroute.admission")

CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE
DELETE, CONNECT = attributes.Operation.DELETE, attributes.Operation.CONNECT
FAILED_OPEN = "failed-open.validating.webhook.admission.k8s.io/round_0_index_"


class ValidatingWebhooks:
    operations = (CREATE, UPDATE, DELETE, CONNECT)

    def __init__(self, known: hooks.Hooks, calls: calling.Calls) -> None:
        self._hooks, self._calls = known, calls

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises what a webhook that refuses makes of it, Forbidden, InternalError."""
        if not self._hooks.any() or rules.is_exempt(found):
            return
        wanted = [each for each in self._hooks.candidates(found) if await self._hooks.concerns(each, found)]
        if not wanted:
            return
        about: dict[gvk.GroupVersionKind, inputs.Input] = {}
        for each in wanted:
            form = each.form or found.form
            kind = found.kind if form is None else form.kind
            if kind not in about:
                about[kind] = inputs.Input(found, form, None)
        refusals: list[Exception] = []

        async def ask(index: int, hook: hooks.Hook, given: inputs.Input) -> None:
            try:
                await calling.ask(self._calls, hook, found, given, mutating=False)
            except calling.CallFailed as error:
                if not hook.ignore:
                    refusals.append(error.error())
                    return
                log.warning("failing open: %s", error)
                found.annotate(f"{FAILED_OPEN}{index}", hook.name)
            except Exception as error:
                refusals.append(error)

        async with asyncio.TaskGroup() as group:
            for index, each in enumerate(wanted):
                kind = found.kind if each.form is None else each.form.kind
                group.create_task(ask(index, each.hook, about[kind]))
        if refusals:
            raise refusals[0]
