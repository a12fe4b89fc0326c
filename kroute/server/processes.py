"""Processes and signals: a server that runs until it is told to stop, and several that share a port.

The workers are forked before any of them has a thread or an event loop.  The parent only watches: it passes signals
on, and starts a worker again that died.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import select
import signal
import ssl
import sys
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, NamedTuple, NoReturn, Self

log = logging.getLogger("kroute.server")

STOP = (signal.SIGTERM, signal.SIGINT)
PR_SET_PDEATHSIG = 1
RESTART_DELAY = 1.0
"""Seconds before a worker is started in place of one that died."""

Work = Callable[[Callable[[], None]], int]
"""Serves until told to stop; calls its argument once it is ready.  Gives the exit code."""


def run_loop(main: Coroutine[Any, Any, int]) -> int:
    """Run a coroutine on the fastest event loop there is."""
    try:
        import uvloop
    except ImportError:  # not on every platform
        return asyncio.run(main)
    return uvloop.run(main)


class Signals:
    """Listens for the signals to stop while its `async with` runs; a second one ends the process at once."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in STOP:
            loop.add_signal_handler(number, self._tell)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop = asyncio.get_running_loop()
        for number in STOP:
            loop.remove_signal_handler(number)

    async def wait(self) -> None:
        await self._told.wait()

    def _tell(self) -> None:
        if self._told.is_set():
            os._exit(1)
        self._told.set()


def settle() -> None:
    """Keep the garbage collector from what is there once a server has started, most of which stays to the end.

    Looking through it again and again would take as long as the requests themselves."""
    gc.freeze()
    gc.enable()


def quiet_handshakes() -> None:
    """Have failed TLS handshakes and broken connections, which clients cause at will, logged in detail only."""
    loop = asyncio.get_running_loop()

    def handle(loop: asyncio.AbstractEventLoop, given: dict[str, Any]) -> None:
        error = given.get("exception")
        if isinstance(error, ssl.SSLError | ConnectionError | TimeoutError):
            log.debug("%s: %s", given.get("message"), error)
        else:
            loop.default_exception_handler(given)

    loop.set_exception_handler(handle)


class Worker(NamedTuple):
    pid: int
    ready: int
    """The end of a pipe; something can be read from it when the worker is ready, or dead."""


def supervise(count: int, work: Work, *, ready: Callable[[], None]) -> int:
    """Run `count` workers until told to stop; calls `ready` when all of them are.  Gives the exit code."""
    stopping = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopping
        stopping = True
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGTERM)

    workers: list[Worker] = []
    for number in STOP:
        signal.signal(number, stop)
    workers += [fork(work) for _ in range(count)]
    if stopping:  # told so while some were not there yet
        stop(signal.SIGTERM, None)
    states = [became_ready(worker) for worker in workers]
    if all(states) and not stopping:
        ready()
    elif not stopping:
        stop(signal.SIGTERM, None)
        for worker in workers:
            os.waitpid(worker.pid, 0)
        return 1
    return watch(workers, work, lambda: stopping)


def watch(workers: list[Worker], work: Work, stopping: Callable[[], bool]) -> int:
    """Wait for the workers, starting those again that die by themselves."""
    code = 0
    while workers:
        pid, status = os.wait()
        found = next((worker for worker in workers if worker.pid == pid), None)
        if found is None:
            continue
        workers.remove(found)
        os.close(found.ready)
        ended = os.waitstatus_to_exitcode(status)
        if stopping():
            code = code or (1 if ended else 0)
            continue
        log.error("a worker (process %d) ended with %d; starting another", pid, ended)
        time.sleep(RESTART_DELAY)
        if not stopping():
            workers.append(fork(work))
            if stopping():
                os.kill(workers[-1].pid, signal.SIGTERM)
    return code


def became_ready(worker: Worker) -> bool:
    """Wait until a worker is ready; False when it ended before."""
    while True:
        try:
            select.select([worker.ready], [], [])
            return bool(os.read(worker.ready, 1))
        except InterruptedError:
            continue


def fork(work: Work) -> Worker:
    """Start a worker."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        run_worker(work, writing)
    os.close(writing)
    return Worker(pid, reading)


def run_worker(work: Work, writing: int) -> NoReturn:
    """The life of a worker."""
    for number in STOP:
        signal.signal(number, signal.SIG_DFL)
    end_with_parent()
    code = 1
    try:
        code = work(lambda: os.close(writing) if not os.write(writing, b"1") else None)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        log.exception("a worker failed")
    finally:
        os._exit(code)


def end_with_parent() -> None:
    """Have this process told to stop when its parent dies, where the system can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
