"""What kroute imports is what it requires: nothing that happens to be installed for tests or for extras."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"[A-Za-z0-9._-]+")

# Hides every installed module that belongs to none of the requirements in sys.argv[1], nor to theirs.
HIDE = """
import importlib.machinery, importlib.metadata, re, sys

def key(name):
    return re.sub(r"[-_.]+", "-", name).lower()

def closure(names):
    found, waiting = set(), list(names)
    while waiting:
        name = key(waiting.pop())
        if name in found:
            continue
        try:
            lines = importlib.metadata.requires(name) or ()
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform
        found.add(name)
        waiting += [re.match(r"[A-Za-z0-9._-]+", line)[0] for line in lines if "extra ==" not in line]
    return found

class Hiding:
    owners = importlib.metadata.packages_distributions()
    required = closure(sys.argv[1].split()) | {"hiredis", "kroute"}

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        owners = {key(each) for each in cls.owners.get(name.partition(".")[0], ())}
        if owners and not cls.required & owners:
            return None
        return importlib.machinery.PathFinder.find_spec(name, path, target)

sys.meta_path[:] = [Hiding if each is importlib.machinery.PathFinder else each for each in sys.meta_path]
"""

SERVE = """
import asyncio, json, urllib.request
import kroute
from examples import toys

for name in kroute.__all__:
    getattr(kroute, name)

def get(url):
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)

async def main():
    async with toys.server.serve() as running:
        return await asyncio.to_thread(get, f"{running.url}/apis/toys.example.org/v1/widgets")

print(json.dumps([asyncio.run(main())["items"], len(toys.server.openapi("v2")) > 1000, "kind:" in toys.server.crds()]))
"""

IMPORT = """
import importlib
for name in sys.stdin.read().split():
    importlib.import_module(name)
"""


def required(*extras: str) -> list[str]:
    """The names of the distributions that setup.cfg asks for."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    listed = [settings["options"]["install_requires"], *(settings["options.extras_require"][each] for each in extras)]
    found = (NAME.match(line.strip()) for lines in listed for line in lines.splitlines() if line[:1] not in ("", "#"))
    return [name[0] for name in found if name is not None]


def python(code: str, names: list[str], stdin: str = "") -> str:
    run = subprocess.run(
        [sys.executable, "-c", HIDE + code, " ".join(names)], cwd=ROOT, input=stdin, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_declared_resource_is_served_with_what_is_required() -> None:
    assert json.loads(python(SERVE, required())) == [[], True, True]


@pytest.mark.parametrize("extras", [(), ("server",)], ids=["framework", "server"])
def test_modules_import_nothing_that_is_not_required(extras: tuple[str, ...]) -> None:
    paths = (path.relative_to(ROOT).with_suffix("") for path in (ROOT / "kroute").rglob("*.py"))
    names = [".".join(path.parts) for path in paths if path.name != "__main__" and "testing" not in path.parts]
    python(IMPORT, required(*extras), " ".join(name.removesuffix(".__init__") for name in names))
