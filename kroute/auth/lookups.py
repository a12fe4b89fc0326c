"""Objects that authenticators look at: service accounts, secrets, pods, nodes.

Authenticators are made before the store is open; `Lookups` gets to know the stores when there are any.  What the watch
cache doesn't have is looked for in the store, so that what was just written elsewhere is found.
"""

from __future__ import annotations

import base64
import binascii

from kroute.auth import authorization
from kroute.machinery import objects
from kroute.storage import core, stored

RESOURCES = ("serviceaccounts", "secrets", "pods", "nodes")


class Lookups:
    """Finds objects of the core group by plural and key (`NAMESPACE/NAME`, or `NAME`)."""

    def __init__(self) -> None:
        self._cores: dict[str, core.Core] = {}

    def attach(self, stores: authorization.Stores) -> None:
        """Get to know the stores; before that nothing is found."""
        found = {plural: stores(plural, "") for plural in RESOURCES}
        self._cores = {plural: at for plural, at in found.items() if at is not None}

    def revision(self, plural: str, key: str) -> int:
        """The revision of an object as the watch cache has it; 0 when it has none."""
        at = self._cores.get(plural)
        entry = None if at is None else at.cache.peek(key)
        return 0 if entry is None else entry.revision

    async def find(self, plural: str, key: str) -> stored.Stored | None:
        """An object; read-only."""
        at = self._cores.get(plural)
        if at is None:
            return None
        return at.cached(key) or await at.latest(key)


def secret_value(secret: objects.Object, key: str) -> bytes:
    """One value of a Secret, decoded; empty when it isn't there."""
    found = (secret.get("data") or {}).get(key)
    try:
        return base64.b64decode(found) if isinstance(found, str) else b""
    except binascii.Error:
        return b""
