"""The OpenAPI documents of a server: made at the first request, kept until what they describe changes.

A *section* is one key of the OpenAPI v3 index (`apis/toys.example.org/v1`, `version`) and makes its own document.
Mirrors `k8s.io/kube-openapi/pkg/handler3` and `handler`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import orjson

from kroute.openapi import v2 as swagger

Build: TypeAlias = Callable[[], Mapping[str, Any]]


class Document(NamedTuple):
    """A document's JSON text and its hash: upper-case hex, which is also the ETag (in quotes)."""

    body: bytes
    hash: str


class Service:
    """Documents by section.  `title` and `version` stand in the Swagger 2.0 document.

    `prefix` comes before the paths at which all this is served."""

    def __init__(self, *, title: str = "Kubernetes", version: str = "unversioned", prefix: str = "") -> None:
        self.title, self.version, self.prefix = title, version, prefix
        self._builders: dict[str, Build] = {}
        self._documents: dict[str, Document] = {}
        self._foreign: dict[str, Build] = {}
        self._swagger: dict[str, Mapping[str, Any]] = {}
        self._parts: dict[str, swagger.Part] = {}
        self._whole: Document | None = None

    def add(self, section: str, build: Build) -> None:
        """Serve a section, or serve it anew."""
        self._builders[section] = build
        if section not in self._foreign:
            self._changed(section)
        self._whole = None

    def remove(self, section: str) -> None:
        self._builders.pop(section, None)
        if section not in self._foreign:
            self._changed(section)
        self._whole = None

    def put(self, section: str, body: bytes) -> None:
        """Serve another server's document as a section, in the place of what there is otherwise."""
        self._foreign[section] = lambda: orjson.loads(body)
        self._changed(section)
        self._documents[section] = hashed(body)
        self._whole = None

    def put_swagger(self, section: str, document: Mapping[str, Any]) -> None:
        """Have the Swagger 2.0 document contain another server's paths and definitions."""
        self._swagger[section] = document
        self._whole = None

    def take_away(self, section: str) -> None:
        """Serve another server's documents no longer."""
        if self._foreign.pop(section, None) is not None:
            self._changed(section)
        self._swagger.pop(section, None)
        self._whole = None

    def _changed(self, section: str) -> None:
        self._documents.pop(section, None)
        self._parts.pop(section, None)

    def sections(self) -> list[str]:
        return sorted({**self._builders, **self._foreign})

    def index(self) -> dict[str, Any]:
        """`/openapi/v3`: each section's URL, which changes with its document."""
        return {"paths": {section: {"serverRelativeURL": self.url(section)} for section in self.sections()}}

    def url(self, section: str) -> str:
        return f"{self.prefix}/openapi/v3/{section}?hash={self._built(section).hash}"

    def v3(self, section: str) -> Document | None:
        """The document of a section; None when there is none of that name."""
        return self._built(section) if section in self._builders or section in self._foreign else None

    def v2(self) -> Document:
        """The Swagger 2.0 document of all sections."""
        if self._whole is None:
            parts = [self._part(section) for section in self.sections()]
            parts += map(swagger.foreign_part, self._swagger.values())
            self._whole = hashed(
                swagger.assembled(parts, title=self.title, version=self.version, base_path=self.prefix)
            )
        return self._whole

    def _part(self, section: str) -> swagger.Part:
        found = self._parts.get(section)
        if found is None:
            found = self._parts[section] = swagger.part(self._source(section)())
        return found

    def _source(self, section: str) -> Build:
        return self._foreign.get(section) or self._builders[section]

    def _built(self, section: str) -> Document:
        found = self._documents.get(section)
        if found is None:
            document = self._source(section)()
            if self.prefix:
                document = {**document, "servers": [{"url": self.prefix}]}
            found = self._documents[section] = encoded(document)
        return found


def encoded(document: Mapping[str, Any]) -> Document:
    return hashed(orjson.dumps(document))


def hashed(body: bytes) -> Document:
    return Document(body, hashlib.sha512(body).hexdigest().upper())
