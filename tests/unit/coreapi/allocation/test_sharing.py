"""Two processes that create services over one Redis never give one address or port to two of them."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from kroute.coreapi.allocation import claims
from kroute.storage.backend.redis import backend as redis
from kroute.storage.backend.redis import urls

ROOT = Path(__file__).resolve().parents[4]
MODULE = "tests.unit.coreapi.allocation.creating_process"


async def create(url: str, count: int, network: str) -> list[list[Any]]:
    """What the services of two processes got; they begin together."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", MODULE, url, prefix, str(count), network),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for prefix in "ab"
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*[process.communicate(b"go\n") for process in processes])
    assert [process.returncode for process in processes] == [0, 0]
    return [each for out, _ in answers for each in json.loads(out)]


async def claimed(url: str, log: str) -> set[str]:
    async with redis.RedisBackend(urls.read(url).where) as backend:
        return {record.key for record in (await backend.log(log).list()).records}


async def test_two_hundred_services_at_once(redis_url: str) -> None:
    made = await create(redis_url, 100, "10.96.0.0/16")
    addresses, ports = ({each[index] for each in made} for index in (0, 1))
    assert (len(addresses), len(ports)) == (200, 200)
    assert await claimed(redis_url, "ipaddresses.networking.k8s.io") == addresses
    assert await claimed(redis_url, claims.NODE_PORTS) == {str(port) for port in ports}


async def test_the_last_addresses_go_to_one_each(redis_url: str) -> None:
    made = [each for each in await create(redis_url, 10, "10.96.0.0/28") if each]
    assert sorted(each[0] for each in made) == sorted(f"10.96.0.{number}" for number in range(1, 15))
    assert len(await claimed(redis_url, claims.NODE_PORTS)) == 14
