"""Reading one object: from the store itself, or from the watch cache where the client allows it.

Mirrors Get of `k8s.io/apiserver/pkg/storage/cacher`.
"""

from __future__ import annotations

from kroute.machinery import context
from kroute.storage import core, failures, listing, options, stored, versions


async def get(at: core.Core, ctx: context.RequestContext, name: str, wanted: options.GetOptions) -> stored.Stored:
    """The object; not older than the latest write unless a resourceVersion asks for less.

    Raises NotFound, BadRequest, Timeout (a resourceVersion that isn't reached)."""
    key = at.key(ctx, name)
    if not wanted.resource_version:
        found = await at.latest(key)
    else:
        revision = versions.parse(wanted.resource_version, bare=at.bare_errors)
        with failures.reported(at.resource, "get"):
            cache = await at.cache.cacher()
            await listing.reach(cache, revision)
        found = at.cached(key)
    if found is None:
        raise at.not_found(name)
    return found
