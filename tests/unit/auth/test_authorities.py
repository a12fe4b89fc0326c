"""Authorities in files that change while the server runs."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes

from kroute.aio import clocks
from kroute.auth import authorities
from kroute.server import certificates


def authority(directory: Path) -> bytes:
    """A new authority, as PEM."""
    made = certificates.Directory(directory)
    certificates.ensure(made)
    return made.authority.read_bytes()


async def test_authorities_come_and_go_with_their_files(tmp_path: Path) -> None:
    first, second = authority(tmp_path / "one"), authority(tmp_path / "two")
    file, clock = tmp_path / "ca.crt", clocks.ManualClock()
    file.write_bytes(first)
    os.utime(file, ns=(1, 1))
    async with authorities.Files([file], clock=clock) as trusted:
        before = trusted.identities
        assert len(before) == 1
        for number, content, count in ((2, first + second, 2), (3, b"nonsense", 2), (4, second, 1)):
            file.write_bytes(content)
            os.utime(file, ns=(number, number))
            await clock.advance(authorities.INTERVAL)
            assert len(trusted.identities) == count
        assert trusted.identities.isdisjoint(before)
        file.unlink()
        await clock.advance(authorities.INTERVAL)
        assert len(trusted.identities) == 1


def test_a_file_without_authorities_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    file.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="PEM"):
        authorities.Files([file])


def test_an_authority_that_was_renewed_with_its_key_is_the_same(tmp_path: Path) -> None:
    made = certificates.Directory(tmp_path)
    certificates.ensure(made)
    first = certificates.read_certificate(made.authority)
    key = certificates.read_key(made.authority.with_suffix(".key"))
    now = datetime.datetime.now(datetime.UTC)
    builder = certificates.template(first.subject, first.subject, key.public_key(), now, 99)
    renewed = tmp_path / "renewed.crt"
    renewed.write_bytes(certificates.pem(builder.sign(key, hashes.SHA256())))
    assert authorities.read([renewed]) == authorities.read([made.authority])
