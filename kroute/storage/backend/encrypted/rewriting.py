"""Writes all values of a log again, so that they are as the configuration wants them now: under the present key.

Others may write meanwhile: a value that somebody changes is under the present key anyway.
"""

from __future__ import annotations

from typing import NamedTuple

from kroute.storage.backend import base, errors


class Rewritten(NamedTuple):
    """How many values of a log there were, were written again, and could not be read."""

    name: str
    seen: int = 0
    written: int = 0
    unreadable: int = 0


async def rewrite(log: base.Log) -> Rewritten:
    """Write each value of the log again, and forget the changes before, which hold old ones.  Raises Unavailable."""
    seen = written = unreadable = 0
    for record in (await log.list()).records:
        seen += 1
        if record.value.startswith(base.ENCRYPTED):
            unreadable += 1
            continue
        end = record.offset + base.DIGITS
        draft = base.Draft(record.value[: record.offset], record.value[end:])
        try:
            await log.update(record.key, draft, expected=record.revision)
        except (errors.KeyNotFound, errors.RevisionConflict):
            continue
        written += 1
    if written:
        await log.compact(await log.current_revision())
    return Rewritten(log.name, seen, written, unreadable)
