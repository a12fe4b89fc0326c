"""What pages list is what there is: public names, floors, flags, hooks, methods, targets; links lead somewhere."""

from __future__ import annotations

import configparser
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

import kroute
import kroute.testing
from examples import shared
from kroute import cli
from kroute.storage import capabilities
from tests.tools import pages, sessions

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def rows(page: str, section: str) -> list[list[str]]:
    """The cells of the tables of a section, without headings."""
    text = (ROOT / page).read_text()
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found is not None, f"{page} has no section {section!r}"
    lines = [line for line in found[1].splitlines() if line.startswith("|")]
    heads = {index for index, line in enumerate(lines) if set(line) <= set("|-")}
    kept = (line for index, line in enumerate(lines) if not {index, index + 1} & heads)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in kept]


def names(cells: list[str]) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", " ".join(cells))


def test_the_reference_has_every_public_name_and_no_other() -> None:
    text = (ROOT / "docs" / "reference.md").read_text().partition("## kroute.testing")[0]
    listed = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(kroute.__all__)
    assert len(listed) == len(set(listed))


def test_public_names_are_there_and_say_what_they_are() -> None:
    for name in kroute.__all__:
        found: Any = getattr(kroute, name)
        if inspect.isclass(found) and issubclass(found, kroute.APIError):
            continue  # the code says it
        if inspect.isclass(found) and found is not dict:
            assert found.__doc__ or "Protocol" in str(found.__mro__), name


def test_type_checkers_see_the_same_names() -> None:
    source = (ROOT / "kroute" / "__init__.py").read_text()
    assert sorted(re.findall(r"^    from \S+ import (\w+) as \1$", source, re.MULTILINE)) == kroute.__all__


def test_the_reference_has_the_names_for_tests() -> None:
    listed = [row[0].strip("`") for row in rows("docs/reference.md", "kroute.testing")]
    assert sorted(listed) == sorted(kroute.testing.__all__)


def test_the_floors_are_those_that_are_checked() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    layers = settings["importlinter:contract:floors"]["layers"].strip()
    (block,) = [block for block in pages.blocks(ROOT / "docs" / "architecture.md") if block.words == "floors"]
    assert block.text.splitlines() == [line.translate(str.maketrans("", "", "()")) for line in layers.splitlines()]


def test_the_command_line_reference_is_what_the_commands_say() -> None:
    run = subprocess.run(
        [sys.executable, "tools/cli.py"], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert run.stdout == (ROOT / "docs" / "cli.md").read_text(), "write it anew: python tools/cli.py > docs/cli.md"


def test_the_readme_has_every_flag_of_serve_and_no_other() -> None:
    listed = [flag for row in rows("README.md", "Flags of `kroute serve`") for flag in names(row[:1])]
    there = [
        option for each in cli.serve.params if isinstance(each, click.Option) for option in each.opts if option != "-h"
    ]
    assert sorted(listed) == sorted(there)


def test_the_guide_has_every_argument_of_resource() -> None:
    listed = [name for row in rows("docs/resources.md", "Declaring") for name in names(row[:1])]
    assert sorted(listed) == sorted(inspect.signature(kroute.resource).parameters)


def test_the_guide_has_every_hook_of_strategies() -> None:
    hooks = [name for name, found in vars(kroute.Strategy).items() if inspect.isfunction(found)]
    listed = [row[0].strip("`").partition("(")[0] for row in rows("docs/resources.md", "Strategies")]
    assert sorted(listed) == sorted(hooks)


def test_the_guide_has_every_method_of_storage_objects() -> None:
    listed = [row[0].strip("`") for row in rows("docs/resources.md", "Hand-written storage")]
    methods = {line.removeprefix("async ").partition("(")[0]: line for line in listed}
    assert methods.keys() == capabilities.SHAPES.keys()
    for name, shape in capabilities.SHAPES.items():
        wanted = str(shape).replace("(self, ", "(").replace("allow_create", "allow_create=False")
        assert methods[name].endswith(f"{name}{wanted}")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files(path: Path) -> None:
    links = [link for link in LINK.findall(path.read_text()) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_readme_leads_to_every_page() -> None:
    links = LINK.findall((ROOT / "README.md").read_text())
    assert [path.name for path in PAGES[2:] if f"docs/{path.name}" not in links] == []


def test_the_readme_names_targets_that_make_has() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_readme_starts_shared_servers_as_the_example_does() -> None:
    block = next(block for block in pages.blocks(ROOT / "README.md") if "examples.shared" in block.text)
    assert block.text.splitlines() == list(sessions.commands(shared.__doc__ or ""))[:2]


def test_pages_keep_to_a_width() -> None:
    long = [
        f"{path.name}, line {number}"
        for path in PAGES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 120 and not line.startswith("|")
    ]
    assert long == []
