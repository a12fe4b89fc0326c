"""An aggregator with another API server behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures import aggregation


@pytest.fixture
async def aggregator(tmp_path: Path) -> AsyncIterator[aggregation.Aggregator]:
    async with aggregation.aggregator(tmp_path / "aggregator") as found:
        yield found


@pytest.fixture
async def other(aggregator: aggregation.Aggregator, tmp_path: Path) -> AsyncIterator[aggregation.Other]:
    """It lets nobody in but the aggregator, by the front proxies' authority."""
    authority = tmp_path / "aggregator" / "pki" / "front-proxy-ca.crt"
    async with aggregation.other(tmp_path / "other", clients=authority) as found:
        yield found
