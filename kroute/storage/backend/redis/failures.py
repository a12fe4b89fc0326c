"""What Redis and redis-py raise, as the contract says it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import redis.exceptions

from kroute.storage.backend import errors

ELSEWHERE = (
    redis.exceptions.MovedError,
    redis.exceptions.AskError,
    redis.exceptions.TryAgainError,
    redis.exceptions.ClusterDownError,
)
"""A node of a cluster didn't do what it was told, because the slot is at another node or on its way there."""

DEMOTED = (redis.exceptions.ReadOnlyError, redis.exceptions.MasterDownError)
"""The server is no master any more."""


def unavailable(error: BaseException) -> errors.Unavailable:
    """The error for callers."""
    text = " ".join(str(error).split()) or type(error).__name__
    return errors.Unavailable(f"Redis: {text}")


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what redis-py raises into Unavailable."""
    try:
        yield
    except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
        raise unavailable(error) from error
