"""Markdown pages: their code blocks, and those among them that can be run.

What follows the language of a block says what it is for, and is not shown by viewers: `run` blocks are shell
sessions (`$ ` before commands, then what they answer), `file=NAME` blocks are files that those use.  Each section
(from a heading `## ` to the next) is one session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.tools import sessions

FENCE = re.compile(r"^```(\S*) ?(.*)$")


class Block(NamedTuple):
    """A code block.  `words` is what follows the language, `section` the heading above."""

    page: str
    section: str
    line: int
    language: str
    words: str
    text: str

    @property
    def runs(self) -> bool:
        return self.words == "run"

    @property
    def file(self) -> str:
        """The name of the file that it is; "" for other blocks."""
        return self.words.removeprefix("file=") if self.words.startswith("file=") else ""


class Step(NamedTuple):
    """A command of a `run` block, and the answer that is printed."""

    command: str
    printed: str


def blocks(path: Path) -> Iterator[Block]:
    """All code blocks of a page, in order."""
    section, start, fence, lines = "", 0, "", list[str]()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = FENCE.match(line)
        if start and line == "```":
            language, _, words = fence.partition(" ")
            yield Block(path.name, section, start, language, words.strip(), "\n".join(lines) + "\n")
            start, lines = 0, []
        elif start:
            lines.append(line)
        elif found is not None:
            start, fence = number, line.removeprefix("```")
        elif line.startswith("## "):
            section = line.removeprefix("## ")


def steps(block: Block) -> Iterator[Step]:
    """The commands of a `run` block; lines after `> ` continue one."""
    command, answer = "", list[str]()
    for line in [*block.text.splitlines(), "$ "]:
        if line.startswith("> "):
            command += "\n" + line.removeprefix("> ")
        elif line.startswith("$ "):
            if command:
                yield Step(command, "\n".join(answer))
            command, answer = line.removeprefix("$ "), []
        else:
            answer.append(line)


def play(found: list[Block], session: sessions.Session) -> None:
    """Do what the blocks of a section say.  Raises AssertionError where something else comes of it."""
    for block in found:
        if block.file:
            session.write(block.file, block.text)
    for block in found:
        for step in steps(block) if block.runs else ():
            done = session.do(step.command)
            where = f"{block.page}, line {block.line}: {step.command}"
            if isinstance(done, sessions.Server):
                assert step.printed in ("", done.ready), where
            elif step.printed:
                printed = session.exchanged(step.printed)
                assert sessions.same(printed, done.output), f"{where}\n{done.output}"
            else:
                assert done == (0, ""), f"{where}\n{done.output}"
