"""Events: the same in both groups, lenient in the old one and strict in the new."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.coreapi.conftest import Core

NEW = "/apis/events.k8s.io/v1"
TIME = "2026-01-02T03:04:05.000000Z"


def strict(core: Core, **changes: Any) -> Any:
    regarding = {"kind": "Pod", "namespace": core.namespace, "name": "web"}
    return {
        "metadata": {"name": "e"},
        "eventTime": TIME,
        "reportingController": "example.com/ctl",
        "reportingInstance": "ctl-1",
        "action": "Binding",
        "reason": "Scheduled",
        "type": "Normal",
        "note": "assigned",
        "regarding": regarding,
        **changes,
    }


@pytest.mark.parametrize(
    "changes, complaint",
    [
        ({"eventTime": None, "reportingController": None}, "eventTime: Required value"),
        ({"type": "Odd"}, 'type: Invalid value: "": has invalid value: Odd'),
        ({"action": "x" * 129}, 'action: Invalid value: "": can have at most 128 characters'),
        ({"note": "x" * 1025}, 'message: Invalid value: "": can have at most 1024 characters'),
        ({"reportingController": "a b"}, 'reportingController: Invalid value: "a b": name part must consist of'),
        ({"reportingInstance": None}, "reportingInstance: Required value"),
        ({"series": {"count": 1, "lastObservedTime": TIME}}, 'series.count: Invalid value: "": should be at least 2'),
        ({"deprecatedCount": 2}, 'deprecatedCount: Invalid value: "": needs to be unset'),
        ({"metadata": {"name": "A"}}, None),
    ],
)
def test_the_new_group_is_strict(core: Core, changes: Any, complaint: str | None) -> None:
    found = core.create("events", strict(core, **changes), api=NEW)
    if complaint is None:
        assert found.status == 201
    else:
        assert (found.status, complaint in found.message) == (422, True), found.message


def test_an_event_is_about_its_own_namespace(core: Core) -> None:
    found = core.create("events", {"metadata": {"name": "e"}, "involvedObject": {"namespace": "elsewhere"}})
    assert found.status == 422
    assert 'involvedObject.namespace: Invalid value: "elsewhere": does not match event.namespace' in found.message


def test_what_the_old_group_stores_the_new_one_shows(core: Core) -> None:
    body = {
        "metadata": {"name": "e"},
        "involvedObject": {"namespace": core.namespace, "name": "web"},
        "message": "hello",
        "source": {"component": "kubelet"},
        "count": 3,
    }
    assert core.create("events", body).status == 201
    found = core.read("events/e", api=NEW)
    assert (found["apiVersion"], found["note"], found["deprecatedCount"]) == ("events.k8s.io/v1", "hello", 3)
    assert found["regarding"] == body["involvedObject"]
    assert found["deprecatedSource"] == {"component": "kubelet"}
    assert "message" not in found


def test_the_new_group_does_not_let_events_change(core: Core) -> None:
    assert core.create("events", strict(core), api=NEW).status == 201
    assert core.patch("events/e", {"note": "other"}, api=NEW).status == 422
    series = {"count": 2, "lastObservedTime": TIME}
    assert core.patch("events/e", {"series": series}, api=NEW).body["series"] == series
    assert core.patch("events/e", {"message": "other"}).status == 200


@pytest.mark.parametrize(
    "api, selector, count",
    [
        ("/api/v1", "involvedObject.name=web", 1),
        ("/api/v1", "source=example.com/ctl", 1),
        ("/api/v1", "reason=Other", 0),
        (NEW, "regarding.name=web", 1),
        (NEW, "reportingController=example.com/ctl", 1),
        (NEW, "regarding.name=other", 0),
    ],
)
def test_each_group_has_its_own_field_selectors(core: Core, api: str, selector: str, count: int) -> None:
    assert core.create("events", strict(core), api=NEW).status == 201
    found = core.read(f"events?fieldSelector={selector}", api=api)
    assert len(found["items"]) == count


def test_the_other_group_s_field_selectors_are_not_known(core: Core) -> None:
    assert core.get(core.path("events?fieldSelector=involvedObject.name=x", NEW)).status == 400
    assert core.get(core.path("events?fieldSelector=regarding.name=x")).status == 400


def test_a_deletion_names_the_group_that_was_asked(core: Core) -> None:
    assert core.create("events", strict(core), api=NEW).status == 201
    found = core.send("DELETE", core.path("events/e", NEW)).body
    assert (found["details"]["group"], found["details"]["kind"]) == ("events.k8s.io", "events")
    assert core.get(core.path("events/e")).status == 404
