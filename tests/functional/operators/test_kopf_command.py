"""Operators made with kopf that run as processes of their own, and its commands that hold them and let them go on."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.functional.operators import operating

OPERATOR = """
import kopf

@kopf.on.create("kopfexamples")
def create_fn(spec, **_):
    return {"message": f"field is {spec['field']}"}

@kopf.on.update("kopfexamples")
async def update_fn(patch, diff, **_):
    patch.status["changes"] = [[list(field), old, new] for _, field, old, new in diff]

@kopf.on.delete("kopfexamples")
def delete_fn(**_):
    pass
"""


@contextlib.contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A kopf command that runs meanwhile, then is told to stop."""
    full = [sys.executable, "-m", "kopf", *arguments]
    with subprocess.Popen(full, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                said, _ = process.communicate(timeout=operating.PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == 0, said


def run(*arguments: str) -> None:
    full = [sys.executable, "-m", "kopf", *arguments]
    done = subprocess.run(full, capture_output=True, text=True, timeout=operating.PATIENCE)
    assert done.returncode == 0, done.stderr


def test_an_operator_in_a_process(cluster: operating.Cluster, tmp_path: Path) -> None:
    program = tmp_path / "example.py"
    program.write_text(OPERATOR)
    with command("run", str(program), "--standalone", "--namespace", cluster.namespace):
        cluster.example("one", field="a")
        message = {"message": "field is a"}
        cluster.until(cluster.examples, lambda _, obj: obj.get("status") == {"create_fn": message})
        cluster.patch(f"{cluster.examples}/one", {"spec": {"field": "b"}})
        changes = [[["spec", "field"], "a", "b"]]
        found = cluster.until(cluster.examples, lambda _, obj: obj["status"].get("changes") == changes)
        cluster.delete(f"{cluster.examples}/one")
        cluster.until_gone(cluster.examples, found)


def test_holding_operators_by_command(cluster: operating.Cluster) -> None:
    peerings = f"/apis/kopf.dev/v1/namespaces/{cluster.namespace}/kopfpeerings"
    cluster.post(peerings, {"apiVersion": "kopf.dev/v1", "kind": "KopfPeering", "metadata": {"name": "default"}})
    where = ("--id", "me@here", "--namespace", cluster.namespace, "--peering", "default")
    run("freeze", *where, "--priority", "100", "--lifetime", "60", "--message", "wait")

    def peers() -> Any:
        return cluster.get(f"{peerings}/default").get("status")

    assert peers()["me@here"]["priority"] == 100
    run("resume", *where)
    assert not peers()
