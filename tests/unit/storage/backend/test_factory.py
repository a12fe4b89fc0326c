"""URLs of stores: which backend they open, and what is said of bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis.asyncio

from kroute.storage.backend import errors, factory
from kroute.storage.backend.memory import backend as memory
from kroute.storage.backend.redis import backend as redis_backend
from kroute.storage.backend.redis import topology, urls
from kroute.storage.backend.sqlite import backend as sqlite


async def test_memory_needs_nothing() -> None:
    assert isinstance(factory.open_backend("memory://"), memory.MemoryBackend)


async def test_sqlite_takes_absolute_and_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url, path in (
        (f"sqlite:///{tmp_path}/one.db", tmp_path / "one.db"),
        ("sqlite:///data/two.db", tmp_path / "data" / "two.db"),
        ("sqlite:///with%20space.db", tmp_path / "with space.db"),
    ):
        opened = factory.open_backend(url)
        assert isinstance(opened, sqlite.SqliteBackend)
        async with opened:
            assert path.exists()


@pytest.mark.parametrize(
    "url",
    [
        "redis://host",
        "redis://user:secret@host:1234/5?prefix=mine&wait_replicas=2",
        "rediss://:secret@[::1]:6380/0?ssl_ca_certs=/ca.pem",
        "unix:///run/redis.sock?db=2",
        "unix://user:secret@/run/redis.sock",
        "redis+sentinel://one,two:26380,[::1]:5/main/3?sentinel_password=x",
        "rediss+sentinel://user:secret@one/main",
        "redis+cluster://one:7000,two:7001?prefix=mine",
        "rediss+cluster://one",
    ],
)
async def test_all_forms_of_redis_are_understood(url: str) -> None:
    assert isinstance(factory.open_backend(url), redis_backend.RedisBackend)


async def test_addresses_credentials_and_options_are_taken_from_the_url() -> None:
    where = urls.read("redis://us%2Fer:se%40cret@host:1234/5?socket_connect_timeout=7&prefix=mine&wait_replicas=2")
    assert where.options == {"prefix": "mine", "wait_replicas": 2}
    connection = await where.where.connection(topology.Node())
    assert isinstance(connection, redis.asyncio.Connection)
    assert (connection.host, connection.port, connection.db) == ("host", 1234, 5)
    assert (connection.username, connection.password) == ("us/er", "se@cret")
    assert connection.socket_connect_timeout == 7
    where = urls.read("rediss+cluster://user:secret@one:7000,two?ssl_ca_certs=/ca.pem")
    connection = await where.where.connection(topology.Node("two", 6379))
    assert isinstance(connection, redis.asyncio.SSLConnection)
    assert (connection.host, connection.port, connection.password) == ("two", 6379, "secret")


@pytest.mark.parametrize(
    "url, says",
    [
        ("", "is no URL of a store"),
        ("redis", "is no URL of a store"),
        ("etcd://host", "no store of the kind etcd://"),
        ("memory://x", "takes nothing"),
        ("sqlite://store.db", "three slashes"),
        ("sqlite:///", "three slashes"),
        ("redis://", "names no host"),
        ("redis://host:port", "Port could not be cast"),
        ("redis://host:99999", "out of range"),
        ("redis://host/name", "no number of a database"),
        ("redis://host/0/1", "no number of a database"),
        ("redis://one,two", "several hosts"),
        ("redis://host?unknown=1", "there is no option 'unknown'"),
        ("redis://host?socket_connect_timeout=soon", "socket_connect_timeout"),
        ("redis://host?wait_replicas=-1", "wait_replicas is a number"),
        ("redis://host?prefix={x}", "no braces"),
        ("redis://host#x", "fragment"),
        ("unix://", "names no socket"),
        ("redis+sentinel://host", "name of the service is missing"),
        ("redis+sentinel://host/main/x", "no number of a database"),
        ("redis+cluster://host/1", "a cluster has no databases"),
    ],
)
def test_bad_urls_are_a_line_for_a_person(url: str, says: str) -> None:
    with pytest.raises(errors.Misconfigured) as refused:
        factory.open_backend(url)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_passwords_are_not_repeated() -> None:
    for url in ("redis://user:secret@host/x", "redis+sentinel://:secret@host"):
        with pytest.raises(errors.Misconfigured) as refused:
            factory.open_backend(url)
        assert "secret" not in str(refused.value)


def test_only_redis_has_replicas_to_wait_for() -> None:
    with pytest.raises(errors.Misconfigured, match="only Redis"):
        factory.open_backend("memory://", wait_replicas=1)
