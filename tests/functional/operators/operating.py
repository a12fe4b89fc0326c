"""Operators made with kopf that run in a thread of their own, and a client to see what they do to a cluster."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import kopf

from kroute import app

GROUP = "kopf.dev"
PATIENCE = 20
MERGE = "application/merge-patch+json"


class Seen:
    """What an operator's handlers saw, to be waited for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.found: list[tuple[Any, ...]] = []

    def __call__(self, *what: Any) -> None:
        with self._changed:
            self.found.append(what)
            self._changed.notify_all()

    def wait(self, *what: Any, times: int = 1) -> None:
        with self._changed:
            there = self._changed.wait_for(lambda: self.found.count(what) >= times, PATIENCE)
            assert there, f"{what} is not in {self.found}"


class Said(logging.Handler):
    """What operators log, by the names of their threads."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self.found: list[tuple[str | None, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        with self._changed:
            self.found.append((record.threadName, record.getMessage()))
            self._changed.notify_all()

    def count(self, who: str, part: str) -> int:
        """How often it said something with this in it."""
        return sum(name == who and part in said for name, said in self.found)

    def wait(self, who: str, part: str, *, times: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.count(who, part) >= times, PATIENCE), self.found


class Cluster:
    """A client that may do everything, and a namespace of the test's own."""

    def __init__(self, running: app.Running, namespace: str) -> None:
        self.running, self.namespace = running, namespace
        self.core = f"/api/v1/namespaces/{namespace}"
        self.examples = f"/apis/{GROUP}/v1/namespaces/{namespace}/kopfexamples"
        self._tls = running.ssl_context()

    def send(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """The answer's object.  Raises urllib.error.HTTPError."""
        with self._open(method, path, body, content_type) as answer:
            return json.load(answer)

    def _open(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.running.url + path, data, {"Content-Type": content_type}, method=method)
        return urllib.request.urlopen(request, context=self._tls, timeout=PATIENCE)

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return self.send("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("PATCH", path, body, MERGE)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)

    def example(self, name: str = "one", *, labels: Any = None, **spec: Any) -> Any:
        """Create a KopfExample."""
        return self.post(self.examples, example(name, labels=labels, **spec))

    def until(self, path: str, told: Callable[[str, Any], bool], *, since: str = "") -> Any:
        """The first object of a collection's watch for which `told(type, object)` is true."""
        query = urllib.parse.urlencode({"watch": "true", "timeoutSeconds": PATIENCE, "resourceVersion": since})
        with self._open("GET", f"{path}?{query}") as events:
            for line in events:
                event = json.loads(line)
                if told(event["type"], event["object"]):
                    return event["object"]
        raise AssertionError(f"{path} was never as it should be")

    def until_gone(self, path: str, obj: Any) -> None:
        """Wait until an object of a collection is deleted, of which `obj` is an earlier state."""
        uid = obj["metadata"]["uid"]
        self.until(
            path,
            lambda kind, found: kind == "DELETED" and found["metadata"]["uid"] == uid,
            since=obj["metadata"]["resourceVersion"],
        )

    def is_there(self, path: str) -> bool:
        try:
            self.get(path)
        except urllib.error.HTTPError as error:
            with error:
                if error.code != 404:
                    raise
            return False
        return True


def example(name: str = "one", *, labels: Any = None, **spec: Any) -> Any:
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": f"{GROUP}/v1", "kind": "KopfExample", "metadata": metadata, "spec": spec}


class Loop(asyncio.SelectorEventLoop):
    """Knows its connections, to leave none behind: kopf may end before its TLS connections are closed."""

    def __init__(self) -> None:
        super().__init__()
        self._made: list[asyncio.BaseTransport] = []

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        made = await super().create_connection(*args, **options)
        self._made.append(made[0])
        return made

    async def drop(self) -> None:
        for transport in self._made:
            transport.abort()  # type: ignore[attr-defined]
        for _ in range(5):  # turns of the loop, in which sockets are closed
            await asyncio.sleep(0)


@contextlib.contextmanager
def operating(
    registry: kopf.OperatorRegistry,
    *,
    login: Callable[..., Any] = kopf.login_with_kubeconfig,
    settings: kopf.OperatorSettings | None = None,
    name: str = "operator",
    standalone: bool = True,
    **options: Any,
) -> Iterator[kopf.OperatorSettings]:
    """Run an operator with these handlers, in a thread of that name; `options` are those of `kopf.operator`.

    It finds KUBECONFIG in the environment, or has a login of its own."""
    chosen = settings or kopf.OperatorSettings()
    ready, stop = threading.Event(), threading.Event()
    failed: list[BaseException] = []
    kopf.on.login(registry=registry)(login)
    where = options if "namespaces" in options else {"clusterwide": True, **options}

    def run() -> None:
        operator = kopf.operator(
            registry=registry, settings=chosen, standalone=standalone, ready_flag=ready, stop_flag=stop, **where
        )
        loop = Loop()
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(operator)
                runner.run(loop.drop())
        except BaseException as error:  # for the test's thread
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        assert not failed, failed
        yield chosen
    finally:
        stop.set()
        thread.join(PATIENCE)
        chosen.execution.executor.shutdown()
    assert not thread.is_alive()
    assert not failed, failed
