"""House rules that no linter knows: short files, a docstring in every module, modules that import by themselves."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("kroute", "tests", "examples", "benchmarks", "tools", ".ci")
LONGEST = 500
LIBRARIES = "aiohttp.web aiohttp_apispec click cryptography.x509 orjson prometheus_client redis.asyncio pytest yaml"

# Runs in an interpreter of its own: loads what modules may import from elsewhere, then forks for each module, so that
# each is the first of kroute to be imported, yet the libraries are loaded once.
IMPORT_EACH = """
import os, sys, traceback
for name in sys.argv[1].split():
    try:
        __import__(name)
    except ImportError:
        pass
assert "kroute" not in sys.modules
failed = False
for name in sys.stdin.read().split():
    if not os.fork():
        try:
            __import__(name)
        except BaseException:
            print(f"import {name}", traceback.format_exc(), sep="\\n", flush=True)
            os._exit(1)
        os._exit(0)
    failed = bool(os.wait()[1]) or failed
sys.exit(failed)
"""


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted(Path(ROOT, folder).rglob("*.py")) if "__pycache__" not in path.parts)


def modules() -> Iterator[str]:
    for path in sources("kroute"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] != "__main__":
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_file_is_longer_than_people_read():
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources(*FOLDERS)}
    assert {path: lines for path, lines in long.items() if lines > LONGEST} == {}


def test_every_module_says_what_it_is_for():
    silent = [path for path in sources("kroute", "examples") if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_every_module_can_be_imported_first():
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, LIBRARIES],
        input=" ".join(modules()),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stdout
