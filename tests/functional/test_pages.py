"""What README.md and docs/ print is what happens."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.tools import pages, sessions

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def sections() -> list[list[pages.Block]]:
    """The blocks of each section that has something to run."""
    found = [
        list(group)
        for path in PAGES
        for _, group in itertools.groupby(pages.blocks(path), key=lambda block: block.section)
    ]
    return [blocks for blocks in found if any(block.runs for block in blocks)]


def name(blocks: list[pages.Block]) -> str:
    return f"{blocks[0].page}: {blocks[0].section}"


@pytest.mark.parametrize("blocks", sections(), ids=name)
def test_a_section_can_be_followed(blocks: list[pages.Block], session: sessions.Session) -> None:
    pages.play(blocks, session)


def test_the_example_in_the_readme_is_the_one_in_the_examples() -> None:
    shown = next(block for block in pages.blocks(ROOT / "README.md") if block.file == "toys.py")
    assert shown.text == (ROOT / "examples" / "toys.py").read_text()


def test_python_in_pages_is_python() -> None:
    for path in PAGES:
        for block in pages.blocks(path):
            if block.language == "python":
                compile(block.text, f"{block.page}, line {block.line}", "exec")
