"""Lists: at which revision, of which objects, in pages.

Everything is served from the watch cache.  How current it must be is the client's choice: an unset resourceVersion
means as current as the store, "0" means as it is, another number not older than that or, with Exact, at that.
Mirrors GetList of `k8s.io/apiserver/pkg/storage/cacher`.
"""

from __future__ import annotations

from collections.abc import Sequence

from kroute.machinery import context, errors
from kroute.storage import capabilities, continuing, core, failures, options, selecting, versions
from kroute.storage.backend import errors as backend_errors
from kroute.storage.backend.cacher import cacher, model

TOO_OLD = "The resourceVersion for the provided list is too old."
VERSION_AND_TOKEN = "specifying resource version is not allowed when using continue"


async def list_(at: core.Core, ctx: context.RequestContext, wanted: options.ListOptions) -> capabilities.ListResult:
    """The objects in the request's namespace, or in all, that the options select.

    Raises BadRequest, Expired (a revision that is forgotten) and Timeout (one that isn't reached)."""
    selection = selecting.selection(at, ctx, wanted)
    token = continuing.decode(wanted.continue_) if wanted.continue_ and selection.key is None else None
    if token is not None and wanted.resource_version not in ("", "0"):
        raise errors.BadRequest(VERSION_AND_TOKEN)
    with failures.reported(at.resource, "list"):
        cache = await at.cache.cacher()
        snapshot = await _snapshot(at, cache, wanted, selection, token)
    limit = 0 if wanted.resource_version == "0" else max(wanted.limit, 0)
    return _page(at, selection, snapshot, limit)


async def _snapshot(
    at: core.Core,
    cache: cacher.Cacher,
    wanted: options.ListOptions,
    selection: selecting.Selection,
    token: continuing.Token | None,
) -> model.Snapshot:
    prefix = selection.prefix if selection.key is None else selection.key
    if token is not None:
        start = selection.prefix + token.start
        if token.revision == continuing.PRESENT:
            await cache.fresh()
            return cache.snapshot(prefix, start=start)
        await reach(cache, token.revision)
        try:
            return cache.snapshot(prefix, start=start, at_revision=token.revision)
        except backend_errors.RevisionExpired as error:
            raise continuing.too_old(token) from error
    revision = versions.of_list(wanted.resource_version)
    if not wanted.resource_version:
        await cache.fresh()
        return cache.snapshot(prefix)
    await reach(cache, revision)
    match = wanted.resource_version_match
    # the rule from before resourceVersionMatch: with a limit, a version means exactly that one
    if revision and (match == "Exact" or (not match and wanted.limit > 0 and selection.key is None)):
        try:
            return cache.snapshot(prefix, at_revision=revision)
        except backend_errors.RevisionExpired as error:
            raise errors.Expired(TOO_OLD) from error
    return cache.snapshot(prefix)


async def reach(cache: cacher.Cacher, revision: int) -> None:
    """Wait until the cache has come to a revision.  Raises Timeout for one that the store hasn't come to."""
    if revision <= cache.revision:
        await cache.fresh(0)  # it may not be filled yet
        return
    current = await cache.fresh()
    if revision > current:
        raise errors.Timeout.too_large_version(revision, current)


def _page(
    at: core.Core, selection: selecting.Selection, snapshot: model.Snapshot, limit: int
) -> capabilities.ListResult:
    entries, version = snapshot.entries, str(snapshot.revision)
    if selection.everything:
        if not limit or len(entries) <= limit:
            return capabilities.ListResult(at.opened_all(entries), version)
        remaining = len(entries) - limit
        entries = entries[:limit]
        token = _token(selection, entries, snapshot.revision)
        return capabilities.ListResult(at.opened_all(entries), version, token, remaining)
    chosen: list[model.Entry] = []
    for index, entry in enumerate(entries):
        if not selection.matches(entry):
            continue
        chosen.append(entry)
        if len(chosen) == limit and index + 1 < len(entries):
            token = _token(selection, chosen, snapshot.revision)
            return capabilities.ListResult(at.opened_all(chosen), version, token)
    return capabilities.ListResult(at.opened_all(chosen), version)


def _token(selection: selecting.Selection, entries: Sequence[model.Entry], revision: int) -> str:
    return continuing.encode(entries[-1].key.removeprefix(selection.prefix), revision)
