"""Mistakes in the module that is to be served are told to whoever wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures import commands


@pytest.mark.parametrize(
    "line, complaint",
    [
        ("server = kroute.APIServer([int])", "int is no resource: declare it with @resource(group=..., version=...)"),
        (
            "kroute.resource(group='toys', version='v1', kind='Toy', schema={})",
            "Toy: group 'toys' must be a domain name with a dot in it, as toys.example.org",
        ),
        (
            "kroute.GroupVersionStorage.of('toys.example.org', {})",
            "'toys.example.org' is no group-version: it must look like machine.example.org/v1",
        ),
        (
            "server = kroute.APIServer(admission=[int])",
            "admission plugin <class 'int'> is a class: give an instance of it",
        ),
    ],
)
def test_what_cannot_be_served_is_told_in_a_line_with_its_place(tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"import kroute\n\n{line}\n")
    run = commands.run("serve", "mine.py:server", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (2, f"kroute: {file}, line 3: {complaint}\n")


@pytest.mark.parametrize("target", ["mine.py:server", "mine:server"])
@pytest.mark.parametrize(
    "source, last",
    [
        ("import kroute\nkroute.nothing", "AttributeError: module 'kroute' has no attribute 'nothing'"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError: invalid syntax"),
    ],
)
def test_other_errors_come_with_the_part_of_the_traceback_that_is_ones_own(
    tmp_path: Path, target: str, source: str, last: str
) -> None:
    (tmp_path / "mine.py").write_text(source)
    run = commands.run("serve", target, cwd=tmp_path)
    assert run.returncode == 1
    lines = run.stderr.splitlines()
    assert lines[-1] == last
    files = [line for line in lines if line.startswith("  File ")]
    assert f'  File "{tmp_path / "mine.py"}", line' in files[0]
    assert "cli.py" not in run.stderr
