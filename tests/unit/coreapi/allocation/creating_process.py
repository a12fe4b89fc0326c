"""A process that creates services in a store which others use as well; it prints what they got.

python -m tests.unit.coreapi.allocation.creating_process URL PREFIX COUNT NETWORK
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from kroute.machinery import errors
from kroute.storage.backend.redis import backend as redis
from kroute.storage.backend.redis import urls
from tests.unit.coreapi import clusters, harness


async def main(url: str, prefix: str, count: int, network: str) -> list[list[object]]:
    """Address and node port of each service that could be created."""
    async with (
        redis.RedisBackend(urls.read(url).where) as backend,
        clusters.cluster(backend, harness.Maker(), ranges=[network]) as cluster,
    ):

        async def create(number: int) -> list[object]:
            try:
                made = await cluster.create("services", clusters.service(f"{prefix}{number}", type="NodePort"))
            except errors.InternalError:
                return []
            return [made["spec"]["clusterIP"], made["spec"]["ports"][0]["nodePort"]]

        os.write(1, b"ready\n")
        sys.stdin.readline()
        return await asyncio.gather(*map(create, range(count)))


if __name__ == "__main__":
    made = asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
    sys.stdout.write(json.dumps(made))
