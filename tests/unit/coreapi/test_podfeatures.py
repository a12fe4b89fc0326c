"""Fields of pods whose features are off."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.strategies import podfeatures


def with_source(source: dict[str, Any]) -> dict[str, Any]:
    return {"volumes": [{"name": "a", "emptyDir": {}}, {"name": "p", "projected": {"sources": [source]}}]}


def test_a_scheduling_group_is_left_out_of_a_new_pod() -> None:
    spec = {"schedulingGroup": {"podGroupName": "g"}, "nodeName": "n"}
    podfeatures.drop(spec, None)
    assert spec == {"nodeName": "n"}


def test_a_scheduling_group_stays_where_there_was_one() -> None:
    spec = {"schedulingGroup": {"podGroupName": "g"}}
    podfeatures.drop(spec, {"schedulingGroup": {"podGroupName": "before"}})
    assert spec == {"schedulingGroup": {"podGroupName": "g"}}


@pytest.mark.parametrize("field", podfeatures.PROJECTED)
def test_a_projection_whose_feature_is_off_leaves_an_empty_source(field: str) -> None:
    spec = with_source({field: {"path": "x"}})
    podfeatures.drop(spec, {"containers": []})
    assert spec == with_source({})


@pytest.mark.parametrize("field", podfeatures.PROJECTED)
def test_a_projection_stays_where_the_pod_had_one(field: str) -> None:
    spec = with_source({field: {"path": "x"}})
    podfeatures.drop(spec, with_source({field: {"path": "y"}}))
    assert spec == with_source({field: {"path": "x"}})


@pytest.mark.parametrize("spec", [None, {}, {"volumes": []}, {"volumes": [{"name": "a"}]}])
def test_specs_without_such_fields_stay_as_they_are(spec: Any) -> None:
    podfeatures.drop(spec, None)
    assert spec in (None, {}, {"volumes": []}, {"volumes": [{"name": "a"}]})
