"""What is installed is what is in the repository: sources, data files, the type marker and the entry points."""

import configparser
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """A wheel built from a copy (building leaves files in the tree), without pip and without a network."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "kroute", tree / "kroute", ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.glob("*.*"):
        if path.is_file():
            shutil.copy(path, tree)
    shutil.copy(ROOT / "LICENSE", tree)
    build = "from setuptools import build_meta; build_meta.build_wheel('dist')"
    run = subprocess.run(
        [sys.executable, "-c", build], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert run.returncode == 0, run.stdout
    (path,) = (tree / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile):
    there = {name for name in wheel.namelist() if name.startswith("kroute/")}
    wanted = {
        str(path.relative_to(ROOT))
        for path in Path(ROOT, "kroute").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there == wanted
    assert "kroute/py.typed" in there


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile):
    assert {name.split("/")[0] for name in wheel.namelist()} == {"kroute", "kroute-0.1.0.dist-info"}


def test_the_wheel_installs_the_command_and_the_pytest_plugin(wheel: zipfile.ZipFile):
    entries = configparser.ConfigParser()
    entries.read_string(wheel.read("kroute-0.1.0.dist-info/entry_points.txt").decode())
    assert dict(entries["console_scripts"]) == {"kroute": "kroute.__main__:main"}
    assert dict(entries["pytest11"]) == {"kroute": "kroute.testing"}


def test_the_wheel_bears_its_licence(wheel: zipfile.ZipFile):
    names = wheel.namelist()
    assert "kroute-0.1.0.dist-info/licenses/LICENSE" in names
    assert b"License-Expression: Apache-2.0" in wheel.read("kroute-0.1.0.dist-info/METADATA")
