"""What a backend can say instead of doing what it was asked.  `storage` translates these into API errors."""

from __future__ import annotations


class BackendError(Exception):
    """Base of everything a backend raises on purpose."""


class KeyExists(BackendError):
    """`create` met a key that is there already."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class KeyNotFound(BackendError):
    """`update` or `delete` met no such key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class RevisionConflict(BackendError):
    """`update` or `delete` expected another revision than the key has now (`actual`)."""

    def __init__(self, key: str, expected: int, actual: int) -> None:
        super().__init__(key, expected, actual)
        self.key, self.expected, self.actual = key, expected, actual


class RevisionExpired(BackendError):
    """The revision asked for is older than what the log still holds (`oldest` is the oldest one to start from)."""

    def __init__(self, revision: int, oldest: int) -> None:
        super().__init__(revision, oldest)
        self.revision, self.oldest = revision, oldest


class Unavailable(BackendError):
    """The store can't be reached or lost the connection; whether a write took effect is not known."""


class Unreadable(BackendError):
    """Values can't be read, or written, in the form that is wanted; `error` is what to say of it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class RevisionTooLarge(BackendError):
    """A watch cache waited in vain for a revision: it is still at `current`."""

    def __init__(self, revision: int, current: int) -> None:
        super().__init__(revision, current)
        self.revision, self.current = revision, current


class Misconfigured(BackendError):
    """The store can't be used as it is set up (bad URL, in use by another process, too old): a line for a person."""
