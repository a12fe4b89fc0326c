"""An error as the answer that carries it, in the media type that the client wants."""

from __future__ import annotations

import orjson
import yaml
from aiohttp import web

from kroute.machinery import errors


def render(request: web.BaseRequest, error: errors.APIError) -> web.Response:
    """The Status of an error, as YAML for clients that ask for it first, else as JSON."""
    media_type, body = "application/json", orjson.dumps(error.status())
    if wants_yaml(request.headers.get("Accept", "")):
        media_type, body = "application/yaml", yaml.safe_dump(error.status()).encode()
    headers = {**error.headers, "Content-Type": media_type}
    response = web.Response(status=error.status_code, body=body, headers=headers)
    if headers.get("Connection") == "close":
        response.force_close()
    return response


def wants_yaml(accept: str) -> bool:
    for entry in accept.split(","):
        media_type = entry.partition(";")[0].strip()
        if media_type in ("application/json", "*/*", "application/*"):
            return False
        if media_type == "application/yaml":
            return True
    return False
