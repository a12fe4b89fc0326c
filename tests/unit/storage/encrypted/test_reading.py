"""What lies in the store, and what becomes of values under other keys, moved or changed."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kroute.storage.backend import base
from kroute.storage.backend.encrypted import backend as encrypted
from kroute.storage.backend.encrypted import configuration, log, rewriting, transforming
from kroute.storage.backend.memory import backend as memory

HEAD = b'{"kind":"Secret","metadata":{"resourceVersion":"'
DRAFT = base.Draft(HEAD, b'"},"data":{"password":"aHVudGVyMg=="}}')
PROVIDERS = ("aesgcm", "aescbc", "secretbox")


def key(name: str) -> dict[str, str]:
    return {"name": name, "secret": base64.b64encode((name * 32)[:32].encode()).decode()}


def over(inner: base.Backend, *providers: Any, log_name: str = "secrets") -> log.EncryptedLog:
    """The secrets of a store, encrypted; a provider is `PROVIDER/KEY` or `identity`."""
    entries = []
    for each in providers:
        provider, _, name = each.partition("/")
        entries.append({provider: {"keys": [key(name)]} if name else {}})
    document = {
        "kind": "EncryptionConfiguration",
        "apiVersion": "apiserver.config.k8s.io/v1",
        "resources": [{"resources": ["secrets", "tokens"], "providers": entries}],
    }
    found = encrypted.EncryptedBackend(inner, configuration.Configuration(document)).log(log_name)
    assert isinstance(found, log.EncryptedLog)
    return found


def why(record: base.Record | None) -> str:
    """Why a value can't be read."""
    assert record is not None
    assert record.value.startswith(base.ENCRYPTED)
    revision, text = base.why_unreadable(record.value)
    assert revision == record.revision
    return text


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_nothing_of_a_value_can_be_read_in_the_store(provider: str) -> None:
    async with memory.MemoryBackend() as inner:
        record = await over(inner, f"{provider}/a").create("play/one", DRAFT)
        stored = await inner.log("secrets").get("play/one")
    assert stored is not None
    assert stored.value.startswith(f"k8s:enc:{provider}:v1:a:{record.revision}".encode())
    assert b"password" not in stored.value
    assert b"Secret" not in stored.value
    assert record.value == DRAFT.at(record.revision)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_the_same_value_is_never_stored_the_same_way(provider: str) -> None:
    async with memory.MemoryBackend() as inner:
        secrets = over(inner, f"{provider}/a")
        await secrets.create("one", DRAFT)
        await secrets.create("two", DRAFT)
        values = [record.value.split(b":", 5)[5][15:] for record in (await inner.log("secrets").list()).records]
    assert values[0] != values[1]


async def test_resources_that_are_not_named_are_left_alone() -> None:
    async with memory.MemoryBackend() as inner:
        document = {
            "kind": "EncryptionConfiguration",
            "apiVersion": "apiserver.config.k8s.io/v1",
            "resources": [{"resources": ["secrets"], "providers": [{"aesgcm": {"keys": [key("a")]}}]}],
        }
        outer = encrypted.EncryptedBackend(inner, configuration.Configuration(document))
        assert outer.log("configmaps") is inner.log("configmaps")
        assert outer.log("secrets") is outer.log("secrets")


async def test_values_under_an_old_key_are_read_and_known_to_be_outdated() -> None:
    async with memory.MemoryBackend() as inner:
        record = await over(inner, "aescbc/old").create("one", DRAFT)
        secrets = over(inner, "aesgcm/new", "aescbc/old")
        assert await secrets.get("one") == record
        assert secrets.outdated("one", record.revision)
        assert not secrets.outdated("one", record.revision - 1)
        again = await secrets.update("one", DRAFT, expected=record.revision)
        assert not secrets.outdated("one", again.revision)
        assert await over(inner, "aesgcm/new").get("one") == again


async def test_plain_values_are_read_only_where_identity_is_a_provider() -> None:
    async with memory.MemoryBackend() as inner:
        record = await inner.log("secrets").create("one", DRAFT)
        assert await over(inner, "aesgcm/a", "identity").get("one") == record
        assert why(await over(inner, "aesgcm/a").get("one")) == "no matching prefix found"


async def test_values_can_be_made_plain_again() -> None:
    async with memory.MemoryBackend() as inner:
        await over(inner, "aesgcm/a").create("one", DRAFT)
        done = await rewriting.rewrite(over(inner, "identity", "aesgcm/a"))
        stored = await inner.log("secrets").get("one")
    assert done == ("secrets", 1, 1, 0)
    assert stored is not None
    assert stored.value == DRAFT.at(stored.revision)


async def test_a_value_without_a_key_is_said_to_be_unreadable_and_others_are_read() -> None:
    async with memory.MemoryBackend() as inner:
        await over(inner, "aesgcm/gone").create("one", DRAFT)
        secrets = over(inner, "aesgcm/a")
        good = await secrets.create("two", DRAFT)
        listing = await secrets.list()
        assert why(listing.records[0]) == "no matching prefix found"
        assert listing.records[1] == good
        assert await rewriting.rewrite(secrets) == ("secrets", 2, 1, 1)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_key_with_the_right_name_and_the_wrong_bytes_opens_nothing(provider: str) -> None:
    async with memory.MemoryBackend() as inner:
        await over(inner, f"{provider}/a").create("one", DRAFT)
        secrets = over(inner, f"{provider}/b")
        secrets._keys.readers[f"k8s:enc:{provider}:v1:a:".encode()] = secrets._keys.readers[  # type: ignore[index]
            f"k8s:enc:{provider}:v1:b:".encode()
        ]
        assert why(await secrets.get("one")) == transforming.TAMPERED


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_changed_byte_anywhere_is_noticed(provider: str) -> None:
    async with memory.MemoryBackend() as inner:
        await over(inner, f"{provider}/a").create("one", DRAFT)
        raw = inner.log("secrets")
        stored = await raw.get("one")
        assert stored is not None
        begin = stored.offset + base.DIGITS
        for place in range(begin, len(stored.value)):
            changed = bytearray(stored.value)
            changed[place] ^= 1
            raw._records["one"] = stored._replace(value=bytes(changed))
            assert why(await over(inner, f"{provider}/a").get("one")) == transforming.TAMPERED
        for cut in (begin, begin + 1, len(stored.value) - 1):
            raw._records["one"] = stored._replace(value=stored.value[:cut])
            assert why(await over(inner, f"{provider}/a").get("one")) == transforming.TAMPERED


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name, where", [("secrets", "two"), ("tokens", "one")])
async def test_a_value_that_was_moved_elsewhere_is_noticed(provider: str, name: str, where: str) -> None:
    async with memory.MemoryBackend() as inner:
        await over(inner, f"{provider}/a").create("one", DRAFT)
        stored = await inner.log("secrets").get("one")
        assert stored is not None
        raw = base.Draft(stored.value[: stored.offset], stored.value[stored.offset + base.DIGITS :])
        await inner.log(name).create(where, raw)
        moved = await over(inner, f"{provider}/a", log_name=name).get(where)
    assert why(moved) == transforming.TAMPERED


async def test_events_of_values_that_cannot_be_read_say_so() -> None:
    async with memory.MemoryBackend() as inner:
        revision = await inner.log("secrets").current_revision()
        await over(inner, "aesgcm/gone").create("one", DRAFT)
        watch = over(inner, "aesgcm/a").watch(revision)
        (event,) = await anext(watch)
        await watch.aclose()
    assert base.why_unreadable(event.value) == (event.revision, "no matching prefix found")


def test_an_encrypted_value_without_any_configuration_says_so() -> None:
    found = base.why_unreadable(b"k8s:enc:aesgcm:v1:key1:123456789012345\x00\xff:")
    assert found == (123456789012345, "it is encrypted, and there is no key")
