"""Which of the built-in resources a server has."""

from __future__ import annotations

import pytest

from kroute.coreapi import choosing, rows


@pytest.fixture(scope="module")
def known() -> rows.Rows:
    return rows.Rows.load()


def served(chosen: list[rows.Row]) -> set[str]:
    return {f"{row.group_resource}/{version}" for row in chosen for version in row.versions}


def test_a_name_that_nothing_has_is_refused(known: rows.Rows) -> None:
    with pytest.raises(choosing.ChoiceError, match="there is no built-in resource 'widgets'"):
        choosing.named(known, ["pods", "widgets"])


@pytest.mark.parametrize(
    "config, complaint",
    [
        ({"apps/v9": "false"}, "--runtime-config: there is no 'apps/v9'"),
        ({"toys.example.org/v1": "true"}, "there is no 'toys.example.org/v1'"),
        ({"apps/v1": "perhaps"}, "--runtime-config: apps/v1=perhaps is neither true nor false"),
    ],
)
def test_a_configuration_of_what_is_not_there_is_refused(
    known: rows.Rows, config: dict[str, str], complaint: str
) -> None:
    with pytest.raises(choosing.ChoiceError, match=complaint):
        choosing.configured(known, config)


def test_names_are_taken_once_and_with_their_group_where_others_share_them(known: rows.Rows) -> None:
    found = choosing.named(known, ["events", "events.events.k8s.io", "events"])
    assert served(found) == {"events/v1", "events.events.k8s.io/v1"}


def test_everything_is_served_unless_told_otherwise(known: rows.Rows) -> None:
    assert choosing.configured(known, {}) == list(known)


@pytest.mark.parametrize(
    "config, gone, kept",
    [
        ({"autoscaling/v2": "false"}, {"horizontalpodautoscalers.autoscaling/v2"}, {"jobs.batch/v1"}),
        ({"v1": "false"}, {"pods/v1"}, {"jobs.batch/v1"}),
        ({"api/v1": "0"}, {"pods/v1"}, {"jobs.batch/v1"}),
        ({"apps/v1/daemonsets": "false"}, {"daemonsets.apps/v1"}, {"deployments.apps/v1"}),
        ({"api/all": "false", "batch/v1": ""}, {"pods/v1", "deployments.apps/v1"}, {"jobs.batch/v1"}),
        ({"api/ga": "false", "apps/v1": "true"}, {"pods/v1"}, {"deployments.apps/v1"}),
        ({"api/beta": "true"}, set(), {"pods/v1"}),
    ],
)
def test_the_more_exact_switch_decides(
    known: rows.Rows, config: dict[str, str], gone: set[str], kept: set[str]
) -> None:
    found = served(choosing.configured(known, config))
    assert not gone & found
    assert kept <= found
