"""Ages are told in few characters, as kubectl's users know them."""

from __future__ import annotations

import pytest

from kroute.aio import clocks
from kroute.machinery import context
from kroute.storage import options, table

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    "seconds, told",
    [
        (-5, "<invalid>"),
        (-1.5, "0s"),
        (0, "0s"),
        (119.9, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (600, "10m"),
        (179 * 60, "179m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 120, "3h2m"),
        (8 * 3600 + 120, "8h"),
        (47 * 3600, "47h"),
        (49 * 3600, "2d1h"),
        (8 * 86400 + 3600, "8d"),
        (729 * 86400, "729d"),
        (731 * 86400, "2y1d"),
        (8 * 365 * 86400, "8y"),
    ],
)
def test_a_span_of_time_is_told_shortly(seconds: float, told: str) -> None:
    assert table.duration(seconds) == told


def test_an_age_needs_a_time() -> None:
    assert table.age("", NOW) == "<unknown>"
    assert table.age("yesterday", NOW) == "<invalid>"
    assert table.age("2999-01-01T00:00:00Z", NOW) == "<invalid>"
    assert table.age("2023-11-14T22:08:20Z", NOW) == "5m"


async def test_the_default_table_has_name_and_age() -> None:
    converter = table.DefaultTable(clock=clocks.ManualClock(NOW))
    item = {"metadata": {"name": "a", "creationTimestamp": "2023-11-14T22:13:00Z"}}
    ctx = context.RequestContext()
    made = await converter.convert_to_table(ctx, [item, {}], options.TableOptions())
    assert [column["name"] for column in made.columns] == ["Name", "Age"]
    assert made.rows == [(("a", "20s"), item), (("", "<unknown>"), {})]
    assert (await converter.convert_to_table(ctx, [], options.TableOptions(headers=False))).columns == ()
