"""What documentation prints, done: servers are started, commands run, and what they answer is compared.

A session has a folder of its own, with the examples in it.  Ports that the text names are exchanged for free ones, in
commands and in files, so that tests can run beside each other; nothing else is changed.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import IO, NamedTuple, Self

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 50
PORTS = re.compile(r"\b(?:8080|6443|6444|6379)\b")
READY = re.compile(r"^(?:kubectl .+|=+ Running on .+)$")
SERVES = re.compile(r"(?:kroute|python -m kroute) serve |python -m examples\.(?!documents)|python \w+\.py$")
DEFAULT_PORT = "6443"


class Result(NamedTuple):
    """How a command ended; `output` has both of its streams."""

    code: int
    output: str


class Server(NamedTuple):
    """A command that serves until it is told to stop.  `ready` is the line that it printed."""

    command: str
    process: subprocess.Popen[str]
    ready: str
    errors: Path


class Session:
    """A context manager; leaving it ends the servers, and complains of one that ended badly or had complaints."""

    def __init__(self, folder: Path, kubectl: Path, *, ports: dict[str, str] | None = None) -> None:
        self.folder, self._ports = folder, dict(ports or {})
        self._servers: list[Server] = []
        self._watches: list[subprocess.Popen[str]] = []
        programs = folder / ".programs"
        programs.mkdir()
        python = sys.executable
        for name, line in (("kubectl", str(kubectl)), ("python", python), ("kroute", f"{python} -m kroute")):
            (programs / name).write_text(f'#!/bin/sh\nexec {line} "$@"\n')
            (programs / name).chmod(0o755)
        path = f"{programs}:{os.environ['PATH']}"
        self._environment = {
            **{key: value for key, value in os.environ.items() if key not in ("KUBECONFIG", "COVERAGE_PROCESS_START")},
            "PATH": path,
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.stop()
        finally:
            for process in (*self._watches, *(server.process for server in self._servers)):
                process.kill()
                process.wait()
                assert process.stdout is not None
                process.stdout.close()

    def copy(self, name: str) -> None:
        """Put a file or folder of the repository into the session's folder."""
        shutil.copytree(ROOT / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (self.folder / name).rglob("*.py"):
            path.write_text(self.exchanged(path.read_text()))

    def copy_file(self, name: str, to: str) -> None:
        self.write(to, (ROOT / name).read_text())

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(self.exchanged(text))

    def exchanged(self, text: str) -> str:
        """The text with free ports."""
        return PORTS.sub(lambda found: self.port(found[0]), text)

    def port(self, printed: str) -> str:
        """The port that stands for a printed one."""
        if printed not in self._ports:
            self._ports[printed] = str(free_port())
        return self._ports[printed]

    def take_port(self, printed: str, port: int) -> None:
        """Say which port stands for a printed one."""
        self._ports[printed] = str(port)

    def play(self, module: ModuleType) -> list[Result]:
        """Do what a module's docstring says; the answers of the commands that end."""
        done = [self.do(command) for command in commands(module.__doc__ or "")]
        return [one for one in done if isinstance(one, Result)]

    def do(self, command: str) -> Result | Server:
        """Start a command that serves, or run one that ends."""
        return self.start(command) if SERVES.match(command) else self.run(command)

    def run(self, command: str) -> Result:
        """Run a command to its end; `export NAME=VALUE` holds for those that follow."""
        if setting := re.fullmatch(r"export (\w+)=(\S+)", command):
            self._environment[setting[1]] = setting[2]
            return Result(0, "")
        run = subprocess.run(
            ["bash", "-c", self.exchanged(command)],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        return Result(run.returncode, run.stdout)

    def start(self, command: str) -> Server:
        """Start a server and wait until it says that it serves."""
        line = command
        if "kroute serve" in line and "--secure-port" not in line:
            line += f" --secure-port {self.port(DEFAULT_PORT)}"
        errors = self.folder / f".errors{len(self._servers)}"
        with errors.open("w") as file:
            process = self._spawn(line, file)
        assert process.stdout is not None
        self._servers.append(Server(command, process, "", errors))
        for printed in process.stdout:
            if READY.match(printed.strip()):
                self._servers[-1] = self._servers[-1]._replace(ready=printed.strip())
                return self._servers[-1]
        raise AssertionError(f"{command} ended:\n{errors.read_text()}")

    def start_watch(self, command: str) -> IO[str]:
        """Start a command that is ended with the session; what it prints, line by line."""
        process = self._spawn(command, subprocess.DEVNULL)
        self._watches.append(process)
        assert process.stdout is not None
        return process.stdout

    def _spawn(self, command: str, errors: int | IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", "-c", f"exec {self.exchanged(command)}"],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )

    def stop(self) -> None:
        """End all servers as Ctrl-C does."""
        while self._servers:
            server = self._servers.pop()
            server.process.send_signal(signal.SIGINT)
            try:
                code = server.process.wait(PATIENCE)
            finally:
                server.process.kill()
                server.process.wait()
                assert server.process.stdout is not None
                server.process.stdout.close()
            complaints = server.errors.read_text()
            assert (code, complaints) == (0, ""), f"{server.command} ended with {code}:\n{complaints}"


def free_port() -> int:
    """A port that nobody listens at, from where the kernel takes none for connections."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def commands(docstring: str) -> Sequence[str]:
    """The commands of a docstring: its indented lines."""
    return [line.strip() for line in docstring.splitlines() if line.startswith("    ")]


def same(printed: str, answered: str) -> bool:
    """Whether an answer is what is printed: `...` stands for anything, and ages and widths of gaps don't count."""
    parts = _plain(textwrap.dedent(printed)).split("...")
    return re.fullmatch(".*?".join(map(re.escape, parts)), _plain(answered), re.DOTALL) is not None


def _plain(text: str) -> str:
    lines = (re.sub(r"(?<=\S) +", " ", line).rstrip() for line in text.strip().splitlines())
    return "\n".join(re.sub(r"\b\d+m?s\b", "0s", line) for line in lines)
