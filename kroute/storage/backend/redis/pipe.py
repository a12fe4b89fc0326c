"""One connection that all of a process shares: calls of one turn of the event loop are sent together.

Callers don't wait for each other's answers.  The connection is opened when somebody calls, and again after it was
lost; what was under way then fails with Unavailable, since nobody knows whether it was done.
"""

from __future__ import annotations

import asyncio
import collections
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import hiredis
import redis.exceptions

from kroute.aio import tasks
from kroute.storage.backend import errors
from kroute.storage.backend.redis import failures, topology

Argument: TypeAlias = bytes | str | int
Command: TypeAlias = tuple[Argument, ...]
Connect: TypeAlias = Callable[[], Awaitable[topology.Connection]]


class Acknowledgement(NamedTuple):
    """A command to send behind each batch, and how to tell from its answer that too few replicas have the batch."""

    command: Command
    shortfall: Callable[[Any], str | None]


class Pipe:
    """A shared connection.  `patience` is how many seconds a server may keep silent while it owes answers."""

    def __init__(
        self,
        connect: Connect,
        scope: tasks.Scope,
        *,
        name: str,
        patience: float,
        acknowledgement: Callable[[], Acknowledgement | None] = lambda: None,
    ) -> None:
        self._connect = connect
        self._scope = scope
        self._name = name
        self._patience = patience
        self._acknowledgement = acknowledgement
        self._waiting: list[tuple[bytes, asyncio.Future[Any]]] = []
        self._owed: collections.deque[_Owed] = collections.deque()
        self._wake = asyncio.Event()
        self._heard = 0.0
        self._logger = logging.getLogger("kroute.storage.redis")
        self._reader: asyncio.Task[Exception] | None = None
        scope.spawn(self._run(), name=name).add_done_callback(lambda _: self._close())
        self._closed = False

    def call(self, *command: Argument) -> asyncio.Future[Any]:
        """Send a command.  The future gives the answer, or raises what the server says, or Unavailable."""
        done = asyncio.get_running_loop().create_future()
        if self._closed:
            done.set_exception(errors.Unavailable("the store is closed"))
        else:
            self._waiting.append((packed(command), done))
            self._wake.set()
        return done

    def transaction(self, commands: Sequence[Command]) -> asyncio.Future[Any]:
        """Send commands to be done as one; the future gives the list of their answers."""
        for command in (("MULTI",), *commands):
            self.call(*command).add_done_callback(_ignore)
        return self.call("EXEC")

    def drop(self) -> None:
        """Have the connection opened anew."""
        if self._reader is not None:
            self._reader.cancel()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            try:
                with failures.told():
                    async with asyncio.timeout(self._patience):
                        connection = await self._connect()
            except errors.Unavailable as error:
                self._wake.clear()
                self._fail(error)
                continue
            try:
                await self._serve(connection)
            finally:
                await connection.disconnect(nowait=True)

    async def _serve(self, connection: topology.Connection) -> None:
        """Send what is called, until the connection is lost."""
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        reader = self._reader = self._scope.spawn(self._read(connection), name=f"{self._name} reader")
        reader.add_done_callback(lambda _: self._wake.set())
        watchdog = loop.call_later(self._patience, self._listen, reader)
        lost: Exception = redis.exceptions.ConnectionError("the connection was given up")
        try:
            while not reader.done():
                await self._wake.wait()
                self._wake.clear()
                if self._waiting and not reader.done():
                    await self._flush(connection)
            if not reader.cancelled():
                lost = reader.result()
        except (redis.exceptions.RedisError, OSError) as error:
            lost = error
        except Exception as error:
            self._logger.exception("%s: an answer could not be understood", self._name)
            lost = error
        finally:
            watchdog.cancel()
            reader.cancel()
            self._reader = None
            self._fail_owed(failures.unavailable(lost))
            if self._waiting:
                self._wake.set()

    async def _flush(self, connection: topology.Connection) -> None:
        calls, self._waiting = self._waiting, []
        data = [sent for sent, _ in calls]
        acknowledgement = self._acknowledgement()
        if not self._owed:
            self._heard = asyncio.get_running_loop().time()
        if acknowledgement is None:
            self._owed.extend([_Owed(done) for _, done in calls])
        else:
            data.append(packed(acknowledgement.command))
            batch: list[tuple[asyncio.Future[Any], Any]] = []
            self._owed.extend([_Owed(done, batch) for _, done in calls])
            self._owed.append(_Owed(None, batch, acknowledgement.shortfall))
        await connection.send_packed_command(data, check_health=False)

    async def _read(self, connection: topology.Connection) -> Exception:
        """Give answers to those they are owed; ends with the reason why there are no more."""
        time = asyncio.get_running_loop().time
        while True:
            try:
                answer = await connection.read_response(disable_decoding=True, timeout=math.inf)
            except redis.exceptions.ConnectionError as error:
                return error
            except redis.exceptions.ResponseError as error:
                answer = error
            except (redis.exceptions.RedisError, OSError) as error:
                return error
            self._heard = time()
            if not self._owed:
                return redis.exceptions.InvalidResponse("an answer that nobody asked for")
            self._owed.popleft().answered(answer)
            if isinstance(answer, failures.DEMOTED):
                return answer

    def _listen(self, reader: asyncio.Task[Exception]) -> None:
        """Give the connection up if the server owes answers and keeps silent."""
        loop = asyncio.get_running_loop()
        if self._owed and loop.time() - self._heard > self._patience:
            reader.cancel()
        elif not reader.done():
            loop.call_later(self._patience / 2, self._listen, reader)

    def _fail(self, error: errors.Unavailable) -> None:
        waiting, self._waiting = self._waiting, []
        for _, done in waiting:
            _refuse(done, error)

    def _fail_owed(self, error: errors.Unavailable) -> None:
        while self._owed:
            self._owed.popleft().failed(error)

    def _close(self) -> None:
        self._closed = True
        error = errors.Unavailable("the store is closed")
        self._fail_owed(error)
        self._fail(error)


class _Owed:
    """An answer that the server owes.

    With a `batch` the answer is held back there until the batch is acknowledged, which is the answer owed to None.
    """

    __slots__ = ("_batch", "_done", "_shortfall")

    def __init__(
        self,
        done: asyncio.Future[Any] | None,
        batch: list[tuple[asyncio.Future[Any], Any]] | None = None,
        shortfall: Callable[[Any], str | None] | None = None,
    ) -> None:
        self._done, self._batch, self._shortfall = done, batch, shortfall

    def answered(self, answer: Any) -> None:
        if self._done is None:
            self._acknowledged(answer)
        elif self._batch is None:
            _give(self._done, answer)
        else:
            self._batch.append((self._done, answer))

    def failed(self, error: errors.Unavailable) -> None:
        if self._done is not None:
            _refuse(self._done, error)
        for done, _ in self._batch or ():
            _refuse(done, error)

    def _acknowledged(self, answer: Any) -> None:
        batch = self._batch or []
        short = str(answer) if isinstance(answer, Exception) else self._shortfall and self._shortfall(answer)
        for done, held in batch:
            if short:
                _refuse(done, errors.Unavailable(f"Redis: {short}"))
            else:
                _give(done, held)


def packed(command: Command) -> bytes:
    """A command as it is sent."""
    sent: bytes = hiredis.pack_command(command)  # type: ignore[arg-type] # its stub knows tuples of one item only
    return sent


def _give(done: asyncio.Future[Any], answer: Any) -> None:
    if not done.done():
        if isinstance(answer, Exception):
            done.set_exception(answer)
        else:
            done.set_result(answer)


def _refuse(done: asyncio.Future[Any], error: errors.Unavailable) -> None:
    if not done.done():
        done.set_exception(errors.Unavailable(*error.args))


def _ignore(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()
