"""A process that writes until it is killed: `python -m tests.contract.writer_process URL TASKS ROUND`.

For each write that was acknowledged it prints a line: the type of the event, the key, the revision.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys

from kroute.storage.backend import base, factory
from kroute.testing import backends


async def write(log: base.Log, name: str) -> None:
    """Create, update and delete keys for ever; every third one stays."""
    for count in itertools.count():
        key = f"{name}/{count}"
        record = await log.create(key, backends.draft(count))
        tell("ADDED", record)
        record = await log.update(key, backends.draft(-count), expected=record.revision)
        tell("MODIFIED", record)
        if count % 3:
            tell("DELETED", await log.delete(key, expected=record.revision))


def tell(kind: str, record: base.Record) -> None:
    os.write(1, f"{kind} {record.key} {record.revision}\n".encode())


async def main(url: str, tasks: int, turn: str) -> None:
    async with factory.open_backend(url) as backend:
        log = backend.log("widgets")
        await asyncio.gather(*[write(log, f"{turn}-{task}") for task in range(tasks)])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
