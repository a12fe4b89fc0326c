"""Whoever creates an object by an update or an apply must be allowed to create it, not only to update it.

Mirrors withAuthorization of `k8s.io/apiserver/pkg/endpoints/handlers`.
"""

from __future__ import annotations

import dataclasses

from kroute.admission import attributes
from kroute.auth import authorization

BY_UPDATE = ("update", "patch")


class CreatingByUpdate:
    """Refuses what the user might not have created outright."""

    operations = (attributes.Operation.CREATE,)

    def __init__(self, authorizer: authorization.Authorizer) -> None:
        self._authorizer = authorizer

    async def validate(self, found: attributes.Attributes) -> None:
        asked = found.ctx.info
        if asked.verb not in BY_UPDATE:
            return
        info = dataclasses.replace(asked, verb="create")
        decision = await self._authorizer.authorize(found.user, info)
        authorization.enforce(found.user, info, decision)
