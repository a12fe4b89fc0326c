"""Seats of levels: their own, what they lend, what they borrow; and the work of requests."""

from __future__ import annotations

import pytest

from kroute.flowcontrol import configuring, estimating, sharing
from kroute.machinery import query, requestinfo

SHARES = {
    "leader-election": (10, 0),
    "node-high": (40, 25),
    "system": (30, 33),
    "workload-high": (40, 50),
    "workload-low": (100, 90),
    "global-default": (20, 50),
    "catch-all": (5, 0),
}


def test_the_suggested_levels_have_the_seats_that_kubernetes_gives_them() -> None:
    levels = {n: configuring.Level(name=n, shares=shares, lendable=lend) for n, (shares, lend) in SHARES.items()}
    levels["exempt"] = configuring.Level(name="exempt", exempt=True)
    found = sharing.bounds(levels, 600)
    assert {name: bounds.nominal for name, bounds in found.items()} == {
        "leader-election": 25,
        "node-high": 98,
        "system": 74,
        "workload-high": 98,
        "workload-low": 245,
        "global-default": 49,
        "catch-all": 13,
        "exempt": 0,
    }
    assert found["workload-low"].least == 24
    assert found["catch-all"] == (13, 13, 602)


def test_borrowing_is_bounded_where_that_is_said() -> None:
    level = configuring.Level(name="a", shares=1, borrowing=50)
    assert sharing.bounds({"a": level, "b": configuring.Level(name="b", shares=1)}, 100)["a"] == (50, 50, 75)


def test_what_nobody_wants_goes_to_who_wants_it() -> None:
    busy, idle = sharing.Wish(10, 100, 90), sharing.Wish(10, 100, 10)
    found = sharing.allocate(100, [busy, idle])
    assert sum(found) in (99, 100, 101)
    assert found[0] >= 85
    assert found[1] >= 10


@pytest.mark.parametrize("total", [0, 10, 1000])
def test_bounds_hold_whatever_there_is_to_share(total: int) -> None:
    wishes = [sharing.Wish(5, 20, 0), sharing.Wish(5, 30, 100)]
    for seats, wish in zip(sharing.allocate(total, wishes), wishes, strict=True):
        assert wish.least <= seats <= wish.most


def test_demand_is_averaged_over_the_period() -> None:
    demand = sharing.Demand(0.0)
    demand.note(10, 0.0)
    demand.note(0, 5.0)
    assert demand.renew(10.0) == 10
    assert demand.smoothed == pytest.approx(7.5)
    assert demand.renew(20.0) == 0
    assert 0 < demand.smoothed < 7.5


@pytest.mark.parametrize(
    "method, url, nominal, seats",
    [
        ("GET", "/healthz", 100, 1),
        ("GET", "/api/v1/namespaces/a/pods/b", 100, 1),
        ("GET", "/api/v1/nodes", 100, 1),
        ("GET", "/api/v1/pods", 100, 10),
        ("GET", "/api/v1/pods", 13, 2),
        ("GET", "/api/v1/pods?limit=500", 100, 5),
        ("GET", "/api/v1/pods?limit=500&resourceVersion=0", 100, 10),
        ("GET", "/api/v1/pods?limit=x", 100, 10),
        ("GET", "/api/v1/pods?fieldSelector=metadata.name%3Da", 100, 1),
        ("GET", "/api/v1/pods?watch=1", 100, 10),
        ("GET", "/api/v1/pods?watch=1&resourceVersion=5", 100, 1),
        ("GET", "/api/v1/pods?watch=1&resourceVersion=5&sendInitialEvents=true", 100, 10),
        ("GET", "/apis/apps/v1/deployments", 100, 1),
        ("POST", "/api/v1/namespaces/a/nodes", 100, 1),
        ("POST", "/api/v1/namespaces/a/pods", 100, 5),
        ("DELETE", "/api/v1/namespaces/a/pods", 100, 10),
    ],
)
def test_seats_go_by_what_a_request_will_read_or_tell(method: str, url: str, nominal: int, seats: int) -> None:
    estimator = estimating.Estimator({"pods": 5000, "nodes": 100}.get, {"pods": 50}.get)  # type: ignore[arg-type]
    path, _, values = url.partition("?")
    info = requestinfo.parse(method, path, query.parse(values))
    counted = estimating.Estimator(
        lambda name: estimator._objects(name) or 0, lambda name: estimator._watches(name) or 0
    )
    assert counted.estimate(info, values, nominal).seats == seats
