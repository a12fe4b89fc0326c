"""Loads the Lua scripts and knows them by their digests."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import NamedTuple, Self


class Script(NamedTuple):
    """A script: `digest` is what EVALSHA takes."""

    text: bytes
    digest: bytes


class Scripts(NamedTuple):
    """All scripts."""

    create: Script
    update: Script
    delete: Script
    sweep: Script
    open: Script
    elect: Script

    @classmethod
    def load(cls) -> Self:
        folder = resources.files("kroute.storage.backend.redis") / "scripts"

        def script(name: str, *, common: bool = True) -> Script:
            text = (folder / f"{name}.lua").read_bytes()
            if common:
                text = (folder / "common.lua").read_bytes() + text
            return Script(text, hashlib.sha1(text, usedforsecurity=False).hexdigest().encode())

        return cls(
            create=script("create"),
            update=script("update"),
            delete=script("delete"),
            sweep=script("sweep"),
            open=script("open"),
            elect=script("elect", common=False),
        )
