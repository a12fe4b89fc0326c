"""Several processes on one port: started, watched over and ended together.  Each test runs in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import os, signal, sys
from kroute.server import processes

processes.RESTART_DELAY = 0

def work(ready):
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    os.write(1, b"worker %d\\n" % os.getpid())
    {before}
    ready()
    while True:
        signal.pause()

sys.exit(processes.supervise({count}, work, ready=lambda: os.write(1, b"ready\\n")))
"""


class Program:
    def __init__(self, count: int, before: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(count=count, before=before)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def worker(self) -> int:
        word, pid = self.line().split()
        assert word == "worker"
        return int(pid)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
def start() -> Iterator[type[Program]]:
    programs: list[Program] = []

    class Started(Program):
        def __init__(self, count: int, before: str = "pass") -> None:
            super().__init__(count, before)
            programs.append(self)

    yield Started
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
        program.process.communicate()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_is_ready_when_all_workers_are_and_ends_them_all(start: type[Program]) -> None:
    program = start(3, "pass")
    pids = {program.worker() for _ in range(3)}
    assert len(pids) == 3
    assert program.line() == "ready"
    assert program.end() == 0
    assert all(gone(pid) for pid in pids)


def test_a_worker_that_dies_is_started_again(start: type[Program]) -> None:
    program = start(2, "pass")
    first = {program.worker(), program.worker()}
    assert program.line() == "ready"
    os.kill(first.pop(), signal.SIGKILL)
    assert program.worker() not in first
    assert program.end() == 0


def test_when_a_worker_cannot_start_none_goes_on(start: type[Program]) -> None:
    program = start(2, "sys.exit(3)")
    pids = [program.worker(), program.worker()]
    assert program.process.wait(20) == 1
    assert program.line() == ""
    assert all(gone(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="needs the kernel's help")
def test_workers_end_when_their_parent_is_killed(start: type[Program]) -> None:
    program = start(1, "pass")
    pid = program.worker()
    assert program.line() == "ready"
    program.process.kill()
    assert program.line() == "", f"worker {pid} holds the pipe"  # which is closed once nobody does
    program.process.wait(20)
