"""Servers for tests: each in a thread with an event loop of its own, so that any client can talk to it."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kroute import app
from kroute.testing import objects as creating


@contextlib.contextmanager
def running(
    server: app.APIServer,
    *,
    tls: bool = False,
    storage: str = "memory://",
    data_dir: Path | None = None,
    token_auth_file: Path | None = None,
    authorization_mode: Sequence[str] = (),
    controllers: Sequence[str] = ("*",),
    objects: Iterable[creating.Given] = (),
) -> Iterator[app.Running]:
    """Serve at a free port of 127.0.0.1 while the body of the `with` runs.

    `controllers` are what `--controllers` takes.  `objects` are there from the start: paths of YAML files, or
    objects.  The result has the server's `url` and a `kubeconfig`.  Raises `app.CannotServe`, and ValueError for
    objects that the server doesn't take."""
    options = {
        "tls": tls,
        "storage": storage,
        "data_dir": data_dir,
        "token_auth_file": token_auth_file,
        "authorization_mode": authorization_mode,
        "controllers": controllers,
    }
    started: queue.SimpleQueue[tuple[app.Running, Callable[[], None]] | BaseException] = queue.SimpleQueue()
    thread = threading.Thread(target=in_thread, args=(server, options, started), name="kroute test server")
    thread.start()
    found = started.get()
    if isinstance(found, BaseException):
        thread.join()
        raise found
    try:
        creating.create(found[0], objects)
        yield found[0]
    finally:
        found[1]()
        thread.join()


def in_thread(server: app.APIServer, options: dict[str, Any], started: queue.SimpleQueue[Any]) -> None:
    """What the thread does: serve until told to stop."""

    async def serve() -> None:
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        async with server.serve(**options) as served:
            started.put((served, lambda: loop.call_soon_threadsafe(told.set)))
            await told.wait()

    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(serve())
    except BaseException as error:  # for the test's thread, which waits for the start
        started.put(error)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """The event loop that servers run on."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
