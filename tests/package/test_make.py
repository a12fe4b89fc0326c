"""The two commands of the README: what they would do, and that one of them serves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / ".venv" / "bin" / "python"
PATIENCE = 50

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make")


def make(*arguments: str) -> str:
    run = subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_make_lists_its_targets() -> None:
    shown = make()
    for target in ("venv", "serve", "test", "lint", "types", "format", "bench", "clean"):
        assert f"make {target} " in shown


def test_make_test_does_all_that_is_checked() -> None:
    planned = make("--dry-run", "test")
    for command in ("ruff check", "ruff format --check", "lint-imports", "mypy", "-m pytest"):
        assert command in planned


@pytest.mark.skipif(not HERE.exists(), reason="needs what 'make venv' makes")
def test_make_serve_says_what_to_try(tmp_path: Path) -> None:
    flags = f"--data-dir {tmp_path} --storage memory:// --secure-port 0"
    made = ROOT / ".venv" / "installed-server"
    process = subprocess.Popen(
        ["make", "--silent", "--old-file", str(made.relative_to(ROOT)), "serve", f"ARGS={flags}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"kubectl --kubeconfig {tmp_path}/kubeconfig get namespaces\n"
    finally:
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: make, and what it runs
        process.communicate(timeout=PATIENCE)
