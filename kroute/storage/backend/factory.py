"""From a URL to a backend: the one place that knows them all."""

from __future__ import annotations

from pathlib import Path
from urllib import parse

from kroute.storage.backend import base, errors
from kroute.storage.backend.memory import backend as memory
from kroute.storage.backend.sqlite import backend as sqlite

_EXAMPLES = "say memory://, sqlite:///PATH or redis://HOST:PORT"


def open_backend(url: str, *, wait_replicas: int | None = None) -> base.Backend:
    """The backend that a URL names, to be entered: `memory://`, `sqlite:///PATH` or one of Redis (see `redis.urls`).

    `wait_replicas` is for Redis: how many replicas must have a write before it is acknowledged; the URL's own option
    goes before it.  Raises Misconfigured, a line for a person, for a URL that names no store.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise errors.Misconfigured(f"{url!r} is no URL of a store: {_EXAMPLES}")
    if scheme.startswith("redis") or scheme == "unix":
        return _redis(url, scheme, wait_replicas or 0)
    if wait_replicas:
        raise errors.Misconfigured(f"only Redis has replicas to wait for, not {scheme}://")
    if scheme == "memory":
        if rest:
            raise errors.Misconfigured(f"memory:// takes nothing behind it, not {rest!r}")
        return memory.MemoryBackend()
    if scheme == "sqlite":
        return sqlite.SqliteBackend(_path(rest))
    raise _unknown(scheme)


def _unknown(scheme: str) -> errors.Misconfigured:
    return errors.Misconfigured(f"there is no store of the kind {scheme}:// ({_EXAMPLES})")


def _redis(url: str, scheme: str, wait_replicas: int) -> base.Backend:
    # imported only here: the client takes a tenth of the time that a server needs to start
    from kroute.storage.backend.redis import backend, urls

    if scheme not in urls.SCHEMES:
        raise _unknown(scheme)
    where, options = urls.read(url)
    return backend.RedisBackend(where, **{"wait_replicas": wait_replicas, **options})


def _path(rest: str) -> Path:
    """`/PATH` behind `sqlite://`; relative to the working directory unless PATH begins with another slash."""
    if not rest.startswith("/") or rest == "/":
        raise errors.Misconfigured("the URL of an SQLite store is sqlite:///PATH, with three slashes before the path")
    return Path(parse.unquote(rest[1:]))
