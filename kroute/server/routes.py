"""The endpoints that every server has besides its resources: the index, the version, metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import orjson
from aiohttp import web

from kroute.actions import model
from kroute.machinery import errors
from kroute.server import exposition, paths

NOT_ACCEPTABLE = "406: Not Acceptable\n\nAvailable representations: application/json"


def install_index(at: paths.Paths, listed: Callable[[], Iterable[str]]) -> None:
    """`/` and `/index.html`: the paths that are served."""

    async def index(call: model.Call) -> web.StreamResponse:
        return json({"paths": sorted(listed())})

    at.add("/", index, listed=False)
    at.add("/index.html", index, listed=False)


def install_version(at: paths.Paths, document: Mapping[str, str]) -> None:
    """`/version`, for GET alone and in JSON alone."""
    body = dict(document)

    async def version(call: model.Call) -> web.StreamResponse:
        if not accepts_json(call.request.headers.get("Accept", "")):
            raise errors.NotAcceptable(NOT_ACCEPTABLE, details={})
        return json(body)

    async def below(call: model.Call) -> web.StreamResponse:
        raise errors.NotFound.path()

    at.add("/version", paths.only(("GET",), version))
    at.add("/version/", paths.only(("GET",), version), listed=False)
    at.add_prefix("/version/", below, listed=False)


def install_metrics(
    at: paths.Paths, text: Callable[[], bytes], *, reset: Callable[[], None], path: str = "/metrics"
) -> None:
    """Numbers for Prometheus; DELETE begins counting again."""

    async def metrics(call: model.Call) -> web.StreamResponse:
        if call.request.method == "DELETE":
            reset()
            headers = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
            return web.Response(body=b"metrics reset\n", headers=headers)
        return web.Response(body=text(), headers={"Content-Type": exposition.CONTENT_TYPE})

    at.add(path, metrics)


def json(body: object) -> web.Response:
    return web.Response(
        body=orjson.dumps(body, option=orjson.OPT_INDENT_2), headers={"Content-Type": "application/json"}
    )


def accepts_json(accept: str) -> bool:
    """Whether an Accept header allows JSON; a missing one allows all."""
    if not accept:
        return True
    types = {entry.partition(";")[0].strip() for entry in accept.split(",")}
    return not types.isdisjoint(("application/json", "application/*", "*/*"))
