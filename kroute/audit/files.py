"""Audit events as lines of a file that is rotated, or of the standard output.

Several processes may write to one file: a line is one write at its end, and whoever rotates it first does it for all.
Mirrors what lumberjack does for kube-apiserver.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gzip
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

LOOK_INTERVAL = 1.0
"""Seconds between two looks whether the file is still the one at the path, and how large it is."""

MEGABYTE, DAY = 1024 * 1024, 86_400
MODE = 0o600
STAMP = "%Y-%m-%dT%H-%M-%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """`size` is in megabytes, `age` in days; 0 files or days is no limit."""

    size: int = 100
    age: int = 0
    backups: int = 0
    compress: bool = False


class LogFile:
    """A carrier that writes to the file at `path`, in the event loop's thread: a line takes microseconds."""

    def __init__(self, path: Path, rotation: Rotation) -> None:
        self._path, self._rotation = path, rotation
        self._file, self._size, self._looked = -1, 0, 0.0
        self._cleaning: asyncio.Future[None] | None = None

    async def open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._reopen()

    async def carry(self, events: Sequence[bytes]) -> None:
        data = b"\n".join(events) + b"\n"
        self._look()
        limit = self._rotation.size * MEGABYTE
        if self._size and self._size + len(data) > limit:
            old = self._rotate(limit - len(data))
            if old is not None:
                self._cleaning = asyncio.get_running_loop().run_in_executor(None, self._clean, old)
        written = os.write(self._file, data)
        while written < len(data):
            written += os.write(self._file, data[written:])
        self._size += len(data)

    async def close(self) -> None:
        if self._cleaning is not None:
            with contextlib.suppress(OSError):
                await self._cleaning
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _reopen(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, MODE)
        self._size, self._looked = os.fstat(self._file).st_size, time.monotonic()

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_INTERVAL and self._file >= 0:
            return
        if self._file < 0 or not self._is_there():
            self._reopen()
        self._size, self._looked = os.fstat(self._file).st_size, now

    def _is_there(self) -> bool:
        try:
            there, own = self._path.stat(), os.fstat(self._file)
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino)

    def _rotate(self, most: int) -> Path | None:
        """Begin a new file unless another process has; the old one, if it is this process that has moved it."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        moved: Path | None = None
        if self._is_there() and os.fstat(self._file).st_size > max(0, most):
            moved = self._backup_name()
            self._path.rename(moved)
        self._reopen()
        return moved

    def _backup_name(self) -> Path:
        now = datetime.now(UTC)
        while True:
            stamp = f"{now.strftime(STAMP)}.{now.microsecond // 1000:03d}"
            found = self._path.with_name(f"{self._path.stem}-{stamp}{self._path.suffix}")
            if not found.exists():
                return found
            now = now.replace(microsecond=(now.microsecond + 1000) % 1_000_000)

    def _clean(self, old: Path) -> None:
        """Compress the old file and remove what is too old or too many."""
        with contextlib.suppress(FileNotFoundError):  # another process may do the same
            if self._rotation.compress:
                time.sleep(2 * LOOK_INTERVAL)  # until all processes have seen that it was moved
                packed = old.with_name(old.name + ".gz")
                with old.open("rb") as source, gzip.open(packed, "wb") as target:
                    shutil.copyfileobj(source, target)
                packed.chmod(MODE)
                old.unlink()
        backups = sorted(self._backups(), reverse=True)
        for number, path in enumerate(backups):
            too_many = 0 < self._rotation.backups <= number
            with contextlib.suppress(FileNotFoundError):
                if too_many or (self._rotation.age and path.stat().st_mtime < time.time() - self._rotation.age * DAY):
                    path.unlink()

    def _backups(self) -> Iterator[Path]:
        start, end = f"{self._path.stem}-", self._path.suffix
        for path in self._path.parent.iterdir():
            stamp = path.name.removesuffix(".gz")
            if not (stamp.startswith(start) and stamp.endswith(end)):
                continue
            with contextlib.suppress(ValueError):
                datetime.strptime(stamp[len(start) : len(stamp) - len(end)].partition(".")[0], STAMP)
                yield path


class StandardOutput:
    """A carrier that writes to the standard output."""

    async def open(self) -> None:
        pass

    async def carry(self, events: Sequence[bytes]) -> None:
        sys.stdout.buffer.write(b"\n".join(events) + b"\n")
        sys.stdout.buffer.flush()

    async def close(self) -> None:
        pass
