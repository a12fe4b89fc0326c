"""`kroute`, and `python -m kroute`."""

from __future__ import annotations

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Run the command; ends the process."""
    gc.disable()  # what a start makes stays; looking for garbage in it takes an eighth of the time
    from kroute import cli

    cli.main()


if __name__ == "__main__":
    main()
