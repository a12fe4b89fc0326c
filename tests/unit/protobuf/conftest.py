"""The codec that all tests of the room share, and kinds by their short names."""

from __future__ import annotations

import pytest

from kroute.protobuf import codec
from kroute.schema import godecoding, gotypes


@pytest.fixture(scope="session")
def types() -> gotypes.Types:
    return gotypes.Types.load()


@pytest.fixture(scope="session")
def protobuf(types: gotypes.Types) -> codec.Codec:
    return codec.Codec(types)


@pytest.fixture(scope="session")
def decoder(types: gotypes.Types) -> godecoding.Decoder:
    return godecoding.Decoder(types)
