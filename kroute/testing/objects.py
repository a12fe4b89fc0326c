"""Objects that a test's server has from the start: out of files, or as they stand in the test."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from kroute import app

Given: TypeAlias = Path | str | Mapping[str, Any]
"""A YAML or JSON file, which may hold several objects, or an object."""


def create(served: app.Running, given: Iterable[Given]) -> None:
    """Create the objects, those without a namespace in `default`.

    Raises ValueError for one that can't be, with what the server says to it."""
    kinds: dict[str, Mapping[str, Mapping[str, Any]]] = {}
    for where, obj in read(given):
        try:
            version, kind = obj["apiVersion"], obj["kind"]
            if version not in kinds:
                kinds[version] = discovered(served, version)
            if kind not in kinds[version]:
                raise ValueError(f"there is no kind {kind} in {version}")
            post(served, path_of(version, kinds[version][kind], obj), obj)
        except (ValueError, KeyError, TypeError) as error:
            text = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            raise ValueError(f"{where}: {text}") from error


def read(given: Iterable[Given]) -> Iterator[tuple[str, Any]]:
    """Each object, and where it is from."""
    for number, one in enumerate(given, 1):
        if isinstance(one, Mapping):
            yield f"object {number}", one
        else:
            for obj in yaml.safe_load_all(Path(one).read_text(encoding="utf-8")):
                if obj is not None:
                    yield str(one), obj


def discovered(served: app.Running, version: str) -> Mapping[str, Mapping[str, Any]]:
    """The entries of a group-version's resources, by kind."""
    listed = send(served, f"/{'apis' if '/' in version else 'api'}/{version}", None)
    return {entry["kind"]: entry for entry in listed["resources"] if "/" not in entry["name"]}


def path_of(version: str, entry: Mapping[str, Any], obj: Mapping[str, Any]) -> str:
    namespace = (obj.get("metadata") or {}).get("namespace") or "default"
    middle = f"namespaces/{namespace}/" if entry["namespaced"] else ""
    return f"/{'apis' if '/' in version else 'api'}/{version}/{middle}{entry['name']}"


def post(served: app.Running, path: str, obj: Mapping[str, Any]) -> None:
    send(served, path, json.dumps(obj, default=str).encode())


def send(served: app.Running, path: str, body: bytes | None) -> Any:
    """The answer to a GET, or to a POST of `body`.  Raises ValueError with the Status' message."""
    request = urllib.request.Request(served.url + path, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, context=served.ssl_context()) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise ValueError(json.load(error)["message"]) from error
