"""Write docs/cli.md: the help of every command.

python tools/cli.py > docs/cli.md
"""

from __future__ import annotations

import sys

import click

from kroute import cli

HEAD = """# The command `kroute`

`kroute` and `python -m kroute` are the same. This page is what the commands say with `--help`; `python tools/cli.py >
docs/cli.md` writes it anew.

Exit codes: 0 after SIGTERM or Ctrl-C, or when a document is written; 1 when the server can't serve (its port is taken,
its store can't be opened); 2 for a mistake in the arguments. What is wrong is one line on standard error.
"""
WIDTH = 100


def page() -> str:
    """The whole page."""
    settings = cli.commands.context_settings
    root = click.Context(cli.commands, info_name="kroute", terminal_width=WIDTH, max_content_width=WIDTH, **settings)
    parts = [HEAD, section("kroute", root)]
    for name in cli.commands.list_commands(root):
        command = cli.commands.get_command(root, name)
        assert command is not None
        parts.append(section(f"kroute {name}", click.Context(command, info_name=name, parent=root)))
    return "\n".join(parts)


def section(title: str, context: click.Context) -> str:
    text = "\n".join(line.rstrip() for line in context.get_help().splitlines())
    return f"## {title}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
