"""Watches: events as they happen, in one answer that goes on, or over a WebSocket.

What goes wrong before the storage has begun is an answer of its own; after that it is an ERROR event, the last one.
Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/watch.go`.
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Hashable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from aiohttp import WSMsgType, web

from kroute.actions import model, negotiation, responses, scope, wire
from kroute.aio import tasks
from kroute.machinery import errors, objects
from kroute.storage import capabilities, options, stored

log = logging.getLogger("kroute.actions")

BEFORE = {kind: b'{"type":"%b","object":' % kind.encode() for kind in ("ADDED", "MODIFIED", "DELETED", "BOOKMARK")}
AFTER = b"}\n"


async def watch(at: scope.RequestScope, call: model.Call, chosen: options.ListOptions) -> web.StreamResponse:
    """Answer a watch.  Raises APIError as long as nothing has been sent."""
    if not hasattr(at.storage, "watch"):
        raise errors.MethodNotSupported.of(at.group_resource, "watch")
    wanted = at.negotiator.stream(call.request.headers.get("Accept", ""))
    seconds = chosen.timeout or at.min_timeout * (1 + random.random())
    events = at.storage.watch(call.ctx, replace(chosen, timeout=seconds, watch=True))
    frames = Frames(at, call, wanted, responses.table_options(call, wanted))
    if is_websocket(call.request):
        return await over_websocket(at, call, seconds, events, frames)
    return await over_http(at, call, seconds, events, frames)


async def over_http(
    at: scope.RequestScope,
    call: model.Call,
    seconds: float,
    events: AsyncIterator[capabilities.WatchBatch],
    frames: Frames,
) -> web.StreamResponse:
    """Write the frames one after the other."""
    response = responses.streamed(call, frames.media_type)
    async with at.streams.opened(call.request, seconds):
        await response.prepare(call.request)
        async with aclosing(frames.of(events)) as chunks:
            async for chunk in chunks:
                await response.write(chunk)
    if not response.prepared:  # the server is shutting down
        await response.prepare(call.request)
    await response.write_eof()
    return response


async def over_websocket(
    at: scope.RequestScope,
    call: model.Call,
    seconds: float,
    events: AsyncIterator[capabilities.WatchBatch],
    frames: Frames,
) -> web.StreamResponse:
    """Send each frame as a message; what the client sends is ignored, until it closes."""
    offered = [name.strip() for name in call.request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    socket = web.WebSocketResponse(protocols=offered[:1] if len(offered) == 1 else (), compress=False)
    await socket.prepare(call.request)
    async with tasks.Scope("websocket watch") as running, at.streams.opened(call.request, seconds) as stream:

        async def listen() -> None:
            while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED):
                pass
            stream.end()

        running.spawn(listen(), name="waiting for the client to close")
        async with aclosing(frames.of(events, single=True)) as chunks:
            async for chunk in chunks:
                await (socket.send_str(chunk.decode()) if frames.text else socket.send_bytes(chunk))
    await socket.close()
    return socket


def is_websocket(request: web.BaseRequest) -> bool:
    headers = request.headers
    return headers.get("Upgrade", "").lower() == "websocket" and "upgrade" in headers.get("Connection", "").lower()


class Frames:
    """Makes frames of events.  What all watches of one sort share is kept with the event."""

    def __init__(
        self,
        at: scope.RequestScope,
        call: model.Call,
        wanted: negotiation.Output,
        table: options.TableOptions,
    ) -> None:
        self._at, self._call, self._wanted, self._table = at, call, wanted, table
        self._codec = wanted.codec
        self._plain = wanted.codec.media_type == responses.JSON and not wanted.convert
        self._memo: Hashable = ("frames", wanted.codec.media_type, wanted.convert, wanted.version, at.kind)
        self.text = wanted.codec.text

    @property
    def media_type(self) -> str:
        name = self._codec.media_type
        return name if name == responses.JSON else f"{name};stream=watch"

    async def of(
        self, events: AsyncIterator[capabilities.WatchBatch], *, single: bool = False
    ) -> AsyncGenerator[bytes, None]:
        """The frames of all batches; several in one piece, unless they are wanted single."""
        sent, resource = self._at.streams.sent, self._at.resource
        try:
            async for batch in events:
                sent[resource] += len(batch.events)
                if single or self._wanted.convert == "Table":
                    for event in batch.events:
                        yield await self._table_frame(event) if self._wanted.convert == "Table" else self._frame(event)
                else:
                    yield self._joined(batch)
        except errors.APIError as error:
            yield self._error(error)
        except Exception:
            log.exception("a watch of %s failed (audit ID %s)", self._at.group_resource, self._call.ctx.audit_id)
            yield self._error(errors.InternalError.of("the watch could not be continued"))
        finally:
            close: Any = getattr(events, "aclose", None)
            if close is not None:
                await close()

    def _joined(self, batch: capabilities.WatchBatch) -> bytes:
        found: bytes | None = batch.memo.get(self._memo)
        if found is None:
            events = batch.events
            found = self._frame(events[0]) if len(events) == 1 else b"".join([self._frame(event) for event in events])
            batch.memo[self._memo] = found
        return found

    def _frame(self, event: capabilities.WatchEvent) -> bytes:
        found: bytes | None = event.memo.get(self._memo)
        if found is None:
            found = event.memo[self._memo] = self._made(event)
        return found

    def _made(self, event: capabilities.WatchEvent) -> bytes:
        if self._plain and event.type != "BOOKMARK":
            return BEFORE[event.type] + self._at.wire.json(event.obj) + AFTER
        obj = self._obj(event)
        if self._wanted.convert:
            obj = wire.partial(obj, self._wanted.version)
        return self._codec.frame(event.type, obj)

    def _obj(self, event: capabilities.WatchEvent) -> objects.Object:
        if event.type == "BOOKMARK":
            return self._at.wire.bookmark(stored.decoded(event.obj))
        return self._at.wire.obj(event.obj)

    async def _table_frame(self, event: capabilities.WatchEvent) -> bytes:
        """One event as a Table; only the first one has the columns."""
        obj = self._obj(event)
        version = (obj.get("metadata") or {}).get("resourceVersion")
        metadata = {"resourceVersion": version} if version else {}
        table = await responses.as_table(self._call.ctx, self._at, [obj], metadata, self._table, self._wanted.version)
        self._table = replace(self._table, headers=False)
        return self._codec.frame(event.type, table)

    def _error(self, error: errors.APIError) -> bytes:
        return self._codec.frame("ERROR", error.status())
