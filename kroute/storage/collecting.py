"""Deleting a collection: a list, and each of its objects deleted as if it were asked for alone.

Not one transaction: when a deletion fails, those before it stay done.
Mirrors DeleteCollection of `k8s.io/apiserver/pkg/registry/generic/registry`.
"""

from __future__ import annotations

from dataclasses import replace

from kroute.machinery import context, errors
from kroute.storage import capabilities, core, deleting, listing, options, stored

PAGE = 10_000


async def delete_collection(
    at: core.Core,
    ctx: context.RequestContext,
    *,
    validate: capabilities.Validate,
    wanted: options.DeleteOptions,
    selection: options.ListOptions,
) -> capabilities.ListResult:
    """Delete what `selection` selects, one page of it if it has a limit; the list as it was before.

    Raises what listing and deleting raise; an object that is gone already is no error."""
    whole = selection.limit <= 0
    if whole:
        selection = replace(selection, limit=PAGE)
    first = page = await listing.list_(at, ctx, selection)
    items = list(page.items)
    while True:
        for item in page.items:
            await _delete(at, ctx, stored.decoded(item)["metadata"], validate, wanted)
        if not whole:
            return page
        if not page.continue_:
            return capabilities.ListResult(items, first.resource_version)
        selection = replace(selection, continue_=page.continue_, resource_version="", resource_version_match="")
        page = await listing.list_(at, ctx, selection)
        items += page.items


async def _delete(
    at: core.Core,
    ctx: context.RequestContext,
    metadata: dict[str, str],
    validate: capabilities.Validate,
    wanted: options.DeleteOptions,
) -> None:
    if metadata.get("namespace", "") != ctx.namespace:
        ctx = replace(ctx, namespace=metadata.get("namespace", ""))
    try:
        await deleting.delete(at, ctx, metadata["name"], validate=validate, wanted=wanted)
    except errors.NotFound:
        return
