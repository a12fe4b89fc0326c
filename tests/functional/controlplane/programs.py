"""Requests as kube-controller-manager and kube-scheduler send them: typed clients in protobuf or in JSON mode, and the
metadata client of the garbage collector and the namespace controller.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from kroute import app
from kroute.machinery import gvk
from kroute.protobuf import codec, descriptors, table
from kroute.schema import gotypes
from tests.fixtures import guestbooks

PB, JSON = "application/vnd.kubernetes.protobuf", "application/json"
SMP, MP = "application/strategic-merge-patch+json", "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
PARTIAL = gvk.GroupVersionKind("meta.k8s.io", "v1", "PartialObjectMetadata")
PARTIAL_LIST = gvk.GroupVersionKind("meta.k8s.io", "v1", "PartialObjectMetadataList")
STREAMING = (
    "allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true"
    "&timeout=7m41s&timeoutSeconds=461&watch=true"
)
STATUS = gvk.GroupVersionKind("", "v1", "Status")


def metadata_accept(kind: str) -> str:
    """What the metadata client accepts."""
    asked = f";as={kind};g=meta.k8s.io;v=v1"
    return f"{PB}{asked},{JSON}{asked},{JSON}"


class Answer(NamedTuple):
    status: int
    content_type: str
    body: Any


class Event(NamedTuple):
    kind: str
    obj: Any


class Program:
    """A client of the server; `mode` is the content type of its typed clients, `token` says who it is."""

    def __init__(self, running: app.Running, mode: str, *, token: str = "") -> None:
        self._running, self.mode = running, mode
        self._identity = {"Authorization": f"Bearer {token}"} if token else {}
        self._codec = codec.Codec(gotypes.Types.load())
        self._events = descriptors.Classes(table.Table.load()).get("meta.v1.WatchEvent")

    @property
    def accept(self) -> str:
        return f"{self.mode}, */*"

    def send(
        self, method: str, path: str, body: Any = None, *, content_type: str | None = None, accept: str | None = None
    ) -> Answer:
        """Send an object as the typed client does, or a patch, or whatever `content_type` says ("" for no header)."""
        data, sent = None, self.mode if content_type is None else content_type
        if body is not None:
            data = self._codec.encode(body) if sent == PB else json.dumps(body).encode()
        with contextlib.closing(self._connection()) as connection:
            headers = {"Accept": accept or self.accept, **self._identity}
            if data is not None and sent:
                headers["Content-Type"] = sent
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            got = response.getheader("Content-Type", "")
            return Answer(response.status, got, self._decoded(got, response.read()))

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The body of an answer that is a success."""
        answer = self.send(method, path, body, **options)
        assert answer.status in (200, 201), answer
        return answer.body

    def meta(self, method: str, path: str, body: Any = None, *, content_type: str = JSON) -> Answer:
        """Send a request of the metadata client."""
        kind = "PartialObjectMetadataList" if method == "LIST" else "PartialObjectMetadata"
        accept = f"{PB},{JSON}" if method == "DELETE" else metadata_accept(kind)
        return self.send("GET" if method == "LIST" else method, path, body, content_type=content_type, accept=accept)

    @contextlib.contextmanager
    def watch(self, path: str, *, accept: str | None = None) -> Iterator[Iterator[Event]]:
        """The events of a watch, in protobuf or JSON as its answer says."""
        with contextlib.closing(self._connection()) as connection:
            connection.request("GET", path, headers={"Accept": accept or self.accept, **self._identity})
            response = connection.getresponse()
            assert response.status == 200, response.read()
            got = response.getheader("Content-Type", "")
            assert got in (f"{PB};stream=watch", JSON), got
            yield self._frames(response) if got.startswith(PB) else lines(response)

    def initial(self, path: str, *, accept: str | None = None) -> tuple[list[Any], str]:
        """What a streaming list gives: its objects, and the resourceVersion of the bookmark that ends it."""
        found: list[Any] = []
        with self.watch(path + ("&" if "?" in path else "?") + STREAMING, accept=accept) as events:
            for kind, obj in events:
                if kind == "BOOKMARK":
                    assert obj["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
                    return found, obj["metadata"]["resourceVersion"]
                assert kind == "ADDED"
                found.append(obj)
        raise AssertionError("the watch ended before its bookmark")

    def _connection(self) -> http.client.HTTPConnection:
        port, patience = self._running.port, guestbooks.PATIENCE
        if not self._running.tls:
            return http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
        context = ssl.create_default_context(cafile=self._running.directory.authority)
        return http.client.HTTPSConnection("127.0.0.1", port, timeout=patience, context=context)

    def _decoded(self, content_type: str, content: bytes) -> Any:
        if content_type.startswith(PB):
            return self._codec.decode(content, STATUS).obj
        return json.loads(content) if content_type == JSON and content else content.decode()

    def _frames(self, response: http.client.HTTPResponse) -> Iterator[Event]:
        while size := response.read(4):
            event: Any = self._events.FromString(response.read(struct.unpack(">I", size)[0]))
            yield Event(event.type, self._codec.decode(event.object.raw, STATUS).obj)


def lines(response: http.client.HTTPResponse) -> Iterator[Event]:
    while line := response.readline():
        event = json.loads(line)
        yield Event(event["type"], event["object"])
