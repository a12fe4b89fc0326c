"""The command `kroute rewrite`: all stored objects written again, as the encryption configuration wants them now."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator

import orjson

from kroute import app, settings
from kroute.server import certificates
from kroute.storage.backend import base, errors
from kroute.storage.backend.encrypted import rewriting

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


def run(server: app.APIServer, chosen: settings.Settings) -> list[rewriting.Rewritten]:
    """Rewrite everything in the store of a server; what was done, by resource.  Raises CannotServe."""
    assert chosen.data_dir is not None
    storage = app.storage_of(server, chosen, certificates.Directory(chosen.data_dir.absolute()))
    backend = app.sealed(app.open_store(storage, wait_replicas=chosen.redis_wait_replicas), chosen)
    try:
        return asyncio.run(rewritten(backend, set(names_of(server))))
    except errors.BackendError as error:
        raise app.CannotServe(f"the store {app.shown(storage)} can't be used: {error}") from error


async def rewritten(backend: base.Backend, names: set[str]) -> list[rewriting.Rewritten]:
    async with backend:
        if DEFINITIONS in names:
            names |= await defined(backend.log(DEFINITIONS))
        return [await rewriting.rewrite(backend.log(name)) for name in sorted(names)]


async def defined(log: base.Log) -> set[str]:
    """The logs of custom resources: a definition has the name of its resource."""
    found = set()
    for record in (await log.list()).records:
        with contextlib.suppress(orjson.JSONDecodeError):
            found.add(orjson.loads(record.value)["metadata"]["name"])
    return found


def names_of(server: app.APIServer) -> Iterator[str]:
    """The logs of a server."""
    for resource in server.content.resources:
        yield str(resource.group_resource)
    if server.has_core:
        from kroute.coreapi import rows
        from kroute.coreapi.allocation import claims

        for row in itertools.chain(rows.Rows.load()):
            yield str(row.group_resource)
        yield claims.NODE_PORTS
        yield str(claims.IP_ADDRESSES)
