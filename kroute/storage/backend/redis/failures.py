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


def is_refusal(error: BaseException | None) -> bool:
    """Whether it is the credentials that are wrong; redis-py may wrap that."""
    while error is not None:
        if isinstance(error, redis.exceptions.AuthenticationError):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what redis-py raises into Unavailable."""
    try:
        yield
    except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
        raise unavailable(error) from error
