"""Objects that a test's server has from the start: out of files, or as they stand in the test."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from kroute import app

Given: TypeAlias = Path | str | Mapping[str, Any]
"""A YAML or JSON file, which may hold several objects, or an object."""

DEFINITIONS = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
PATIENCE = 20.0
"""Seconds in which a definition must be established."""


Loader: Any = type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
"""Reads YAML as Kubernetes does: an equals sign is a text."""


def text(loader: Any, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


Loader.add_constructor("tag:yaml.org,2002:value", text)


def create(served: app.Running, given: Iterable[Given]) -> None:
    """Create the objects, those without a namespace in `default`; after a definition its resource is waited for.

    Raises ValueError for one that can't be, with what the server says to it."""
    kinds: dict[str, Mapping[str, Mapping[str, Any]]] = {}
    for where, obj in read(given):
        try:
            version, kind = obj["apiVersion"], obj["kind"]
            if version not in kinds:
                kinds[version] = discovered(served, version)
            if kind not in kinds[version]:
                raise ValueError(f"there is no kind {kind} in {version}")
            path = path_of(version, kinds[version][kind], obj)
            post(served, path, obj)
            if (version, kind) == DEFINITIONS:
                establish(served, f"{path}/{obj['metadata']['name']}")
                kinds.clear()
        except (ValueError, KeyError, TypeError) as error:
            text = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            raise ValueError(f"{where}: {text}") from error


def read(given: Iterable[Given]) -> Iterator[tuple[str, Any]]:
    """Each object, and where it is from."""
    for number, one in enumerate(given, 1):
        if isinstance(one, Mapping):
            yield f"object {number}", one
        else:
            for obj in yaml.load_all(Path(one).read_text(encoding="utf-8"), Loader):
                if obj is not None:
                    yield str(one), obj


def establish(served: app.Running, path: str) -> None:
    """Wait until a definition's resource is served.  Raises ValueError with what keeps it from that."""
    deadline = time.monotonic() + PATIENCE
    while True:
        conditions = send(served, path, None)["status"].get("conditions") or ()
        found = {each["type"]: each for each in conditions}
        if found.get("Established", {}).get("status") == "True":
            return
        names = found.get("NamesAccepted", {})
        if names.get("status") == "False" or time.monotonic() > deadline:
            raise ValueError(names.get("message") or "it isn't established")
        time.sleep(0.01)


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
