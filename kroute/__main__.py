"""`python -m kroute`."""

from __future__ import annotations

from kroute import cli

if __name__ == "__main__":
    cli.main()
