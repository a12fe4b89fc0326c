"""The page that shows the documents to people: Swagger UI, from files that aiohttp-apispec ships; needs no internet.

Only this module and `decorating` know aiohttp-apispec.
"""

from __future__ import annotations

import functools
import html
import importlib.resources
import json
from collections.abc import Sequence
from typing import NamedTuple

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="{base}/swagger-ui.css">
<link rel="icon" type="image/png" href="{base}/favicon-32x32.png">
</head>
<body>
<div id="documents"></div>
<script src="{base}/swagger-ui-bundle.js"></script>
<script src="{base}/swagger-ui-standalone-preset.js"></script>
<script>
window.ui = SwaggerUIBundle({{
  urls: {urls},
  dom_id: "#documents",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout"
}});
</script>
</body>
</html>
"""
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png"}
FILES = (
    "swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "favicon-16x16.png",
    "favicon-32x32.png",
)  # fmt: skip


class Asset(NamedTuple):
    body: bytes
    content_type: str


def page(title: str, base: str, documents: Sequence[tuple[str, str]]) -> bytes:
    """The page; `documents` are (name, URL) pairs to choose from, `base` is the path below which the assets are."""
    urls = json.dumps([{"name": name, "url": url} for name, url in documents]).replace("<", "\\u003c")
    return PAGE.format(title=html.escape(title), base=html.escape(base), urls=urls).encode()


@functools.cache
def asset(name: str) -> Asset | None:
    """A file that the page needs; None for any other name."""
    if name not in FILES:
        return None
    body = importlib.resources.files("aiohttp_apispec").joinpath("static", name).read_bytes()
    return Asset(body, TYPES[name[name.rindex(".") :]])
