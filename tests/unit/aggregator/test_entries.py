"""What another server says of itself, read as Kubernetes' own types."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.aggregator import entries

RESOURCE = {
    "resource": "things",
    "responseKind": {"group": "g", "version": "v1", "kind": "Thing"},
    "scope": "Namespaced",
    "singularResource": "thing",
    "verbs": ["get"],
    "shortNames": ["th"],
    "subresources": [{"subresource": "status", "responseKind": {"kind": "Thing"}, "verbs": ["get"]}],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*RESOURCE, "version"]), inner),
    max_leaves=12,
)


def test_an_entry_is_taken_with_what_clients_rely_on() -> None:
    found: Any = entries.version({"version": "v1", "resources": [RESOURCE], "freshness": "Current", "more": 1})
    assert set(found) == {"version", "resources"}
    (resource,) = found["resources"]
    assert resource["subresources"][0]["responseKind"] == {"group": "", "version": "", "kind": "Thing"}
    assert {key: resource[key] for key in ("resource", "scope", "verbs", "shortNames")} == {
        "resource": "things",
        "scope": "Namespaced",
        "verbs": ["get"],
        "shortNames": ["th"],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"resource": 1},
        {"verbs": "get"},
        {"verbs": [1]},
        {"responseKind": []},
        {"responseKind": {"kind": 5}},
        {"subresources": {}},
        {"subresources": ["status"]},
        {"scope": True},
    ],
)
def test_what_does_not_fit_is_an_error(change: dict[str, Any]) -> None:
    with pytest.raises(entries.EntryError):
        entries.version({"version": "v1", "resources": [{**RESOURCE, **change}]})


@given(JSON)
def test_whatever_comes_is_an_error_or_an_entry(given: Any) -> None:
    try:
        found: Any = entries.version(given)
    except entries.EntryError:
        return
    assert orjson.loads(orjson.dumps(found)) == found
    for resource in found.get("resources", ()):
        assert isinstance(resource["resource"], str)
        assert isinstance(resource["responseKind"]["kind"], str)
        assert all(isinstance(verb, str) for verb in resource["verbs"])


def test_a_resource_list_has_entries_with_names() -> None:
    found = entries.listed([{"name": "things", "kind": "Thing", "namespaced": True, "verbs": None}, {"kind": "X"}])
    assert found == [{"name": "things", "singularName": "", "namespaced": True, "kind": "Thing", "verbs": []}]
    wrong: list[Any] = [None, {}, [1], [{"name": 1}], [{"name": "a", "namespaced": "yes"}], [{"name": "\ud800"}]]
    for garbage in wrong:
        with pytest.raises(entries.EntryError):
            entries.listed(garbage)
