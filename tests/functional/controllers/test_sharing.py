"""Several processes over one Redis: one does the controllers' work, and another takes over when it is killed."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import commands

PATIENCE = 60


class Process:
    """A `kroute serve` over a shared store."""

    def __init__(self, folder: Path, url: str) -> None:
        arguments = ["serve", "--data-dir", str(folder), "--storage", url, "--secure-port", "0"]
        self.errors = folder.with_suffix(".log")
        with self.errors.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kroute", *arguments],
                cwd=commands.ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), self.errors.read_text()
        self._command = commands.Command(self._process, folder, "", self.errors)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """The body of an answer; None for 404."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._command.url + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, context=self._command.context(), timeout=PATIENCE) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404:
                    return None
                raise

    def end(self, number: int = signal.SIGTERM) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextlib.contextmanager
def processes(folder: Path, url: str) -> Iterator[list[Process]]:
    made: list[Process] = []
    try:
        made.extend(Process(folder / f"p{number}", url) for number in range(2))
        yield made
    finally:
        for each in made:
            each.end()


def eventually(check: Any) -> Any:
    end = time.monotonic() + PATIENCE
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < end


def leader(process: Process) -> str:
    """Who holds the Lease of the controllers."""
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kroute-controllers"
    lease = process.send("GET", path)
    return str((lease or {}).get("spec", {}).get("holderIdentity") or "")


@pytest.mark.timeout(180)
def test_work_goes_on_when_the_leader_is_killed(tmp_path: Path, redis_url: str) -> None:
    with processes(tmp_path, redis_url) as both:
        first = eventually(lambda: leader(both[0]))
        killed = next(each for each in both if f"_{each._process.pid}_" in first)
        left = next(each for each in both if each is not killed)
        left.send("POST", "/api/v1/namespaces", {"metadata": {"name": "one"}})
        for number in range(50):
            left.send("POST", "/api/v1/namespaces/one/configmaps", {"metadata": {"name": f"c{number}"}})
        owner = left.send("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "owner"}})
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
        child = {"metadata": {"name": "child", "ownerReferences": [reference]}}
        left.send("POST", "/api/v1/namespaces/default/configmaps", child)
        killed.end(signal.SIGKILL)
        left.send("DELETE", "/api/v1/namespaces/one")
        left.send("DELETE", "/api/v1/namespaces/default/configmaps/owner")
        eventually(lambda: left.send("GET", "/api/v1/namespaces/one") is None)
        eventually(lambda: left.send("GET", "/api/v1/namespaces/default/configmaps/child") is None)
        assert leader(left) not in ("", first)
