"""`/statusz`: what process answers, since when, and where else to look; for humans, or as a Statusz on demand.

Plain text is not meant to be read by machines; these ask for a version of `config.k8s.io`'s Statusz in their Accept
header.  Mirrors `k8s.io/apiserver/pkg/server/statusz`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from aiohttp import web

from kroute.actions import model, negotiation
from kroute.machinery import times, yamlencode
from kroute.server import paths, version

GROUP, KIND = "config.k8s.io", "Statusz"
DEPRECATED: Final = "v1alpha1"
VERSIONS: Final = frozenset((DEPRECATED, "v1beta1"))
STRUCTURED: Final = ("application/json", "application/yaml")
TEXT: Final = "text/plain"
WARNING: Final = '299 - "This version of the statusz endpoint is deprecated. Please use a newer version."'
DOCUMENTS: Final = frozenset(("/apis", "/api", "/openid", "/openapi", "/.well-known"))
"""What is listed at `/`, and is no help in finding faults."""
HEADER: Final = (
    "\n{name} statusz\nWarning: This endpoint is not meant to be machine parseable, has no formatting compatibility "
    "guarantees and is for debugging purposes only.\n"
)


def install(at: paths.Paths, listed: Callable[[], Iterable[str]], *, name: str = "apiserver") -> None:
    """Serve it; `listed` gives the paths that are served."""
    started = time.time()

    async def answer(call: model.Call) -> web.StreamResponse:
        chosen, structure = negotiated(call.request.headers.get("Accept", ""))
        found = facts(name, started, folders(listed()))
        if structure is None:
            return web.Response(text=text(name, started, found), content_type=TEXT, charset="utf-8")
        body = {"kind": KIND, "apiVersion": f"{GROUP}/{structure}", **found}
        headers = {"Content-Type": f"{chosen};g={GROUP};v={structure};as={KIND}"}
        if structure == DEPRECATED:
            headers["Warning"] = WARNING
        encoded = orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE) if chosen == STRUCTURED[0] else None
        return web.Response(body=yamlencode.encode(body) if encoded is None else encoded, headers=headers)

    at.add("/statusz", answer)


def negotiated(accept: str) -> tuple[str, str | None]:
    """The media type, and the Statusz's version unless it is plain text.  Raises NotAcceptable."""
    if not accept.strip():
        return TEXT, None
    for clause in negotiation.parse_accept(accept):
        for offered in (*STRUCTURED, TEXT):
            kind, _, subtype = offered.partition("/")
            if clause.type not in (kind, "*") or clause.subtype not in (subtype, "*"):
                continue
            wanted = tuple(clause.params.get(key, "") for key in ("g", "v", "as"))
            if offered == TEXT and not any(wanted):
                return TEXT, None
            if offered != TEXT and wanted[0] == GROUP and wanted[1] in VERSIONS and wanted[2] == KIND:
                return offered, wanted[1]
    raise negotiation.not_acceptable((*STRUCTURED, TEXT))


def facts(name: str, started: float, shown: list[str]) -> dict[str, Any]:
    release = f"{version.MAJOR}.{version.MINOR}"
    return {
        "metadata": {"name": name},
        "startTime": times.show(datetime.fromtimestamp(started, tz=UTC)),
        "uptimeSeconds": max(0, int(time.time() - started)),
        "goVersion": version.document()["goVersion"],
        "binaryVersion": release,
        "emulationVersion": release,
        "paths": shown,
    }


def text(name: str, started: float, found: dict[str, Any]) -> str:
    minutes, seconds = divmod(found["uptimeSeconds"], 60)
    lines = {
        "Started": time.strftime("%a %b %e %H:%M:%S UTC %Y", time.gmtime(started)),
        "Up": f"{minutes // 60} hr {minutes % 60:02} min {seconds:02} sec",
        "Go version": found["goVersion"],
        "Binary version": found["binaryVersion"],
        "Emulation version": found["emulationVersion"],
        "Paths": " ".join(found["paths"]),
    }
    return HEADER.format(name=name) + "\n" + "".join(f"{key}: {value}\n" for key, value in lines.items())


def folders(listed: Iterable[str]) -> list[str]:
    """The first segments of paths, without those that only document."""
    found = {"/" + path.split("/")[1] for path in listed if path.startswith("/") and path != "/"}
    return sorted(found - DOCUMENTS)
