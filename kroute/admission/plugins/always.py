"""AlwaysAdmit and AlwaysDeny: what nobody needs, and what refuses everything.  Neither is on by default."""

from __future__ import annotations

from kroute.admission import attributes
from kroute.machinery import errors

CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE
DELETE, CONNECT = attributes.Operation.DELETE, attributes.Operation.CONNECT


class AlwaysAdmit:
    operations = (CREATE, UPDATE, DELETE, CONNECT)

    async def validate(self, found: attributes.Attributes) -> None:
        """Has no objections."""


class AlwaysDeny:
    operations = (CREATE, UPDATE, DELETE, CONNECT)

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        why = "admission control is denying all modifications"
        raise errors.Forbidden.of(found.resource.group_resource, found.name, why)
