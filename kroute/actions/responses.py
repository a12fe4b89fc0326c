"""Every answer of a handler: objects, lists, Tables and Statuses in the media type that the client wants.

The one place where an APIError becomes a Status for the client, and where a bug becomes a 500 that shows nothing of it.
Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/response.go` and `responsewriters`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from aiohttp import web

from kroute.actions import answers, media, model, negotiation, options, scope, wire
from kroute.machinery import auditing, codecs, context, errors, objects
from kroute.storage import capabilities, stored
from kroute.storage import options as storage_options

log = logging.getLogger("kroute.actions")

JSON = "application/json"
CACHE_CONTROL = "no-cache, private"
MANY = 500
"""From how many items on a list is worked on in parts."""

JSON_HEADERS: Mapping[str, str] = {"Content-Type": JSON, "Cache-Control": CACHE_CONTROL}


async def write(call: model.Call, status: int, media_type: str, body: bytes) -> web.StreamResponse:
    """An answer of bytes, with the warnings of the request."""
    ctx, request = call.ctx, call.request
    headers = JSON_HEADERS if media_type == JSON else {"Content-Type": media_type, "Cache-Control": CACHE_CONTROL}
    if not ctx.warnings and len(body) <= answers.COMPRESS_FROM and not isinstance(request, web.Request):
        return answers.Answer(status, headers, body)
    return await answers.whole(request, status, headers, body, more=more_headers(request, ctx))


def streamed(call: model.Call, media_type: str) -> web.StreamResponse:
    """An answer that goes on, not begun yet."""
    headers = {"Content-Type": media_type, "Cache-Control": CACHE_CONTROL}
    response = web.StreamResponse(headers=headers)
    for name, value in more_headers(call.request, call.ctx):
        response.headers.add(name, value)
    return response


async def stream(call: model.Call, media_type: str, chunks: AsyncIterator[bytes]) -> web.StreamResponse:
    """An answer in pieces, as they come."""
    response = streamed(call, media_type)
    await response.prepare(call.request)
    try:
        async for chunk in chunks:
            await response.write(chunk)
    except ConnectionError:
        raise
    except Exception as problem:
        log.exception("%s %s broke off (audit ID %s)", call.request.method, call.request.path, call.ctx.audit_id)
        # the client is to see that the answer is not whole; another one can't be given any more
        raise ConnectionResetError("the answer broke off") from problem
    await response.write_eof()
    return response


def more_headers(request: web.BaseRequest, ctx: context.RequestContext) -> Iterator[tuple[str, str]]:
    """Headers that not every answer has.  kroute's own server sees to audit IDs itself."""
    for text in ctx.warnings:
        yield "Warning", warning_header(text)
    if ctx.audit_id and isinstance(request, web.Request):
        yield "Audit-Id", ctx.audit_id


def warning_header(text: str) -> str:
    """The value of a Warning header."""
    safe = "".join(char if char.isprintable() else " " for char in text)
    quoted = safe.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'


def output(call: model.Call, at: scope.RequestScope) -> negotiation.Output:
    """What the client wants.  Raises NotAcceptable."""
    return at.negotiator.output(call.request.headers.get("Accept", ""))


def is_pretty(call: model.Call, wanted: negotiation.Output) -> bool:
    return wanted.pretty or negotiation.is_pretty(call.values.get("pretty"), call.ctx.user_agent)


async def obj(
    call: model.Call, at: scope.RequestScope, wanted: negotiation.Output, status: int, result: stored.Result
) -> web.StreamResponse:
    """Answer with one object, or with the Status that a storage gave instead."""
    if wanted.convert:
        if isinstance(result, stored.Stored) or not wire.is_status(result):
            return await encoded(call, wanted, status, await converted(call, at, wanted, result))
    elif wanted.codec.media_type == JSON and not is_pretty(call, wanted):
        body = at.wire.json(result) + b"\n"
        if call.ctx.trail is not None:
            record(call.ctx.trail, at, body, result)
        return await write(call, status, JSON, body)
    return await encoded(call, wanted, status, at.wire.obj(result))


def record(trail: auditing.Trail, at: scope.RequestScope, body: bytes, result: stored.Result) -> None:
    """Note an answer of one object in an audit trail."""
    if isinstance(result, stored.Stored):
        trail.answered_json(body)
    else:
        trail.answered(at.wire.obj(result))


async def listing(
    call: model.Call, at: scope.RequestScope, wanted: negotiation.Output, result: capabilities.ListResult
) -> web.StreamResponse:
    """Answer with a list."""
    if wanted.convert == "Table":
        return await encoded(call, wanted, 200, await list_table(call, at, wanted, result))
    if wanted.convert == "PartialObjectMetadataList":
        return await encoded(call, wanted, 200, wire.partial_list(result, wanted.version))
    if wanted.convert:
        raise errors.NotAcceptable(
            f"you requested {wanted.convert}, but the requested object is a list ({go_type(at, is_list=True)})"
        )
    if wanted.codec.media_type == JSON and not is_pretty(call, wanted):
        body = at.wire.list_json(result)
        if call.ctx.trail is not None:
            call.ctx.trail.answered_json(body)
        return await write(call, 200, JSON, body)
    return await encoded(call, wanted, 200, at.wire.list_obj(result), long=len(result.items) > MANY)


async def list_table(
    call: model.Call, at: scope.RequestScope, wanted: negotiation.Output, result: capabilities.ListResult
) -> objects.Object:
    """A list as a Table, made in parts so that other requests get their turns."""
    chosen = table_options(call, wanted)
    table: objects.Object | None = None
    for start in range(0, max(1, len(result.items)), MANY):
        items = [at.wire.obj(item) for item in result.items[start : start + MANY]]
        part = await as_table(call.ctx, at, items, wire.meta_list(result), chosen, wanted.version)
        if table is None:
            table = part
        else:
            await asyncio.sleep(0)
            table["rows"].extend(part["rows"])
    assert table is not None
    return table


async def encoded(
    call: model.Call, wanted: negotiation.Output, status: int, body: objects.Object, *, long: bool = False
) -> web.StreamResponse:
    """Answer with an object as it is; a long one is encoded beside other requests, unless that is quick."""
    if call.ctx.trail is not None:
        call.ctx.trail.answered(body)
    pretty = is_pretty(call, wanted)
    if long and wanted.codec.media_type != JSON:
        data = await asyncio.to_thread(wanted.codec.encode, body, pretty=pretty)
    else:
        data = wanted.codec.encode(body, pretty=pretty)
    return await write(call, status, wanted.codec.media_type, data)


def table_options(call: model.Call, wanted: negotiation.Output) -> storage_options.TableOptions:
    """The options of a Table, if one is wanted.  Raises BadRequest."""
    return options.table_options(call.values) if wanted.convert == "Table" else options.PLAIN_TABLE


async def converted(
    call: model.Call, at: scope.RequestScope, wanted: negotiation.Output, result: stored.Result
) -> objects.Object:
    """One object as the Table or metadata that is wanted.  Raises BadRequest, NotAcceptable."""
    found = at.wire.obj(result)
    if wanted.convert == "PartialObjectMetadata":
        return wire.partial(found, wanted.version)
    if wanted.convert == "Table":
        version = (found.get("metadata") or {}).get("resourceVersion")
        metadata = {"resourceVersion": version} if version else {}
        return await as_table(call.ctx, at, [found], metadata, table_options(call, wanted), wanted.version)
    raise errors.NotAcceptable(
        f"you requested {wanted.convert}, but the requested object is not a list ({go_type(at)})"
    )


async def as_table(
    ctx: context.RequestContext,
    at: scope.RequestScope,
    items: Sequence[objects.Object],
    metadata: objects.Object,
    wanted: storage_options.TableOptions,
    version: str,
) -> objects.Object:
    """Objects of this version as a Table of meta.k8s.io."""
    assert at.table is not None  # negotiation gives no Table where there is no converter
    table = await at.table.convert_to_table(ctx, items, wanted)
    rows = []
    for number, (cells, item) in enumerate(table.rows):
        row: objects.Object = {"cells": list(cells)}
        if number in table.conditions:
            row["conditions"] = list(table.conditions[number])
        rows.append({**row, "object": row_object(item, wanted.include_object, version)})
    return {
        "kind": "Table",
        "apiVersion": f"{wire.META_GROUP}/{version}",
        "metadata": metadata,
        "columnDefinitions": list(table.columns) if wanted.headers else None,
        "rows": rows,
    }


def row_object(item: objects.Object, include: str, version: str) -> objects.Object | None:
    """What of a row's object goes with it; the bookmark that ends initial events can't do without."""
    if include == "Object":
        return item
    if include == "None":
        metadata: Any = item.get("metadata") or {}
        if "k8s.io/initial-events-end" not in (metadata.get("annotations") or {}):
            return None
    return wire.partial(item, version)


def go_type(at: scope.RequestScope, *, is_list: bool = False) -> str:
    """The Go type that holds such an object in kube-apiserver, as two of its messages show it."""
    if at.custom:
        return "*unstructured.UnstructuredList" if is_list else "*unstructured.Unstructured"
    name = at.representation.list_kind if is_list else at.kind.kind
    return f"*{at.kind.group.partition('.')[0] or 'core'}.{name}"


async def error(call: model.Call, found: errors.APIError, negotiated: negotiation.Output | None) -> web.StreamResponse:
    """Answer with the Status of an error.  `negotiated` None: the client takes no media type that we have."""
    status = found.status()
    if negotiated is None:
        if call.ctx.trail is not None:
            call.ctx.trail.answered(status)
        response = await write(call, found.status_code, JSON, codecs.encode_pretty(status))
    else:
        response = await encoded(call, negotiated, found.status_code, status)
    for name, value in found.headers.items():
        response.headers[name] = value
    return response


async def failure(
    call: model.Call, problem: BaseException, negotiated: negotiation.Output | None
) -> web.StreamResponse:
    """Answer for a bug: a 500 that shows nothing of it.  The log has it all, under the audit ID."""
    request, ctx = call.request, call.ctx
    log.error("%s %s failed (audit ID %s)", request.method, request.path, ctx.audit_id or "none", exc_info=problem)
    details = f" (audit ID {ctx.audit_id})" if ctx.audit_id else ""
    if ctx.trail is not None:
        ctx.trail.panic = f"{type(problem).__name__}: {problem}"
    found = errors.InternalError.of(f"the request could not be completed{details}")
    return await error(call, found, negotiated)


def fallback(known: media.Codecs, request: web.BaseRequest) -> negotiation.Output | None:
    """The output for an error where no action is known yet."""
    return negotiation.error_output(known, request.headers.get("Accept", ""))
