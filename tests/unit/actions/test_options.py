"""Options read from queries."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.actions import options
from kroute.machinery import errors, query
from kroute.storage import options as storage_options

OWN = options.Selectable(["spec.size"], namespaced=True, generic=False)
GENERIC = options.Selectable([], namespaced=False, generic=True)


def listed(text: str, selectable: options.Selectable = OWN, **more: Any) -> storage_options.ListOptions:
    return options.list_options(query.parse(text), selectable, **more)


# integers and flags


@pytest.mark.parametrize("text", ["x", "1.0", "1_0", " 1", "٣", "0x1", "", "+", "--1"])
def test_what_is_no_number_is_a_syntax_error(text: str) -> None:
    with pytest.raises(errors.BadRequest, match="invalid syntax"):
        options.integer({"limit": [text]}, "limit")


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", "1" * 5000])
def test_numbers_have_64_bits(text: str) -> None:
    with pytest.raises(errors.BadRequest, match="value out of range"):
        options.integer({"limit": [text]}, "limit")


@pytest.mark.parametrize(
    "text, value",
    [("7", 7), ("-7", -7), ("+7", 7), ("007", 7), ("0" * 50 + "7", 7), ("-9223372036854775808", -(2**63))],
)
def test_numbers_are_read_as_go_reads_them(text: str, value: int) -> None:
    assert options.integer({"limit": [text]}, "limit") == value


@pytest.mark.parametrize(
    "text, value",
    [("watch", True), ("watch=", True), ("watch=yes", True), ("watch=False", False), ("watch=0", False), ("", None)],
)
def test_everything_but_no_is_yes(text: str, value: bool | None) -> None:
    assert options.flag(query.parse(text), "watch") is value


# lists


@pytest.mark.parametrize(
    "text, messages",
    [
        ("resourceVersionMatch=Exact", ["resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless"]),
        ("resourceVersion=5&resourceVersionMatch=Nearest", ['Unsupported value: "Nearest"']),
        ("resourceVersion=0&resourceVersionMatch=Exact", ['"exact" is forbidden for resourceVersion "0"']),
        (
            "resourceVersionMatch=Exact&continue=c",
            ["unless resourceVersion is provided", "is forbidden when continue is provided"],
        ),
        ("sendInitialEvents=false", ["sendInitialEvents is forbidden for list"]),
        ("watch=1&resourceVersion=5&resourceVersionMatch=NotOlderThan", ["unless sendInitialEvents is provided"]),
        ("watch=1&sendInitialEvents=1&resourceVersionMatch=Exact", ["requires setting", 'Unsupported value: "Exact"']),
    ],
)
def test_lists_and_watches_have_combinations_that_are_forbidden(text: str, messages: list[str]) -> None:
    with pytest.raises(errors.Invalid) as refused:
        listed(text)
    assert refused.value.message.startswith('ListOptions.meta.k8s.io "" is invalid: ')
    for message in messages:
        assert message in refused.value.message


def test_all_options_of_a_list_are_read() -> None:
    found = listed(
        "labelSelector=a%3Db&fieldSelector=spec.size%3D3&resourceVersion=8&resourceVersionMatch=Exact&limit=10"
        "&allowWatchBookmarks=true&timeoutSeconds=30&pretty=1"
    )
    assert str(found.label_selector) == "a=b"
    assert str(found.field_selector) == "spec.size=3"
    assert (found.resource_version, found.resource_version_match) == ("8", "Exact")
    assert (found.limit, found.timeout, found.watch, found.allow_watch_bookmarks) == (10, 30.0, False, True)
    assert found.send_initial_events is None
    assert listed("continue=c").continue_ == "c"


def test_no_options_are_the_same_for_all() -> None:
    assert listed("") is listed("") is options.EVERYTHING
    assert listed("unheard=of") == options.EVERYTHING


@pytest.mark.parametrize("version", ["", "0"])
def test_a_watch_from_the_beginning_wants_initial_events(version: str) -> None:
    found = listed(f"watch=1&resourceVersion={version}")
    assert (found.send_initial_events, found.resource_version_match) == (True, "NotOlderThan")
    later = listed("watch=1&resourceVersion=5")
    assert (later.send_initial_events, later.resource_version_match) == (None, "")


def test_old_paths_say_watch_and_name_themselves() -> None:
    found = listed("", name="a", watch=True)
    assert found.watch
    assert str(found.field_selector) == "metadata.name=a"
    same = listed("fieldSelector=metadata.name%3Da", name="a", watch=True)
    assert str(same.field_selector) == "metadata.name=a"
    with pytest.raises(errors.BadRequest, match=r"fieldSelector metadata\.name doesn't match requested name"):
        listed("fieldSelector=metadata.name%3Db", name="a", watch=True)


def test_fields_that_can_not_be_selected_are_refused_in_two_ways() -> None:
    with pytest.raises(errors.BadRequest, match=r"field label not supported: spec\.color"):
        listed("fieldSelector=spec.color%3Dred")
    with pytest.raises(errors.BadRequest, match=r'"spec\.color" is not a known field selector: only "metadata\.name"'):
        listed("fieldSelector=spec.color%3Dred", GENERIC)


def test_cluster_resources_have_no_namespace_to_select_by() -> None:
    cluster = options.Selectable([], namespaced=False, generic=False)
    with pytest.raises(errors.BadRequest, match=r"field label not supported: metadata\.namespace"):
        listed("fieldSelector=metadata.namespace%3Dx", cluster)
    assert listed("fieldSelector=metadata.namespace%3Dx", GENERIC)


# writes


@pytest.mark.parametrize(
    "text, message",
    [
        ("dryRun=", 'dryRun: Unsupported value: [""]: supported values: "All"'),
        ("dryRun=All&dryRun=x", 'dryRun: Unsupported value: ["All","x"]'),
        ("fieldValidation=strict", 'fieldValidation: Unsupported value: "strict": supported values: "", "Ignore"'),
        ("fieldManager=a%07", "fieldManager: Invalid value"),
    ],
)
def test_options_of_writes_are_checked(text: str, message: str) -> None:
    for kind in ("CreateOptions", "UpdateOptions"):
        with pytest.raises(errors.Invalid) as refused:
            options.write_options(query.parse(text), kind)
        assert refused.value.message.startswith(f'{kind}.meta.k8s.io "" is invalid: ')
        assert message in refused.value.message


def test_options_of_writes_are_read() -> None:
    found = options.write_options(query.parse("dryRun=All&fieldManager=me&fieldValidation=Warn&force=1"), "x")
    assert found == storage_options.WriteOptions(dry_run=True, field_manager="me", field_validation="Warn")
    assert options.write_options({}, "x") == storage_options.WriteOptions()


def test_only_applying_can_be_forced_and_needs_a_manager() -> None:
    with pytest.raises(errors.Invalid, match="force: Forbidden: may not be specified for non-apply patch"):
        options.patch_options({"force": ["false"]}, apply=False)
    with pytest.raises(errors.Invalid, match="fieldManager: Required value: is required for apply patch"):
        options.patch_options({}, apply=True)
    found = options.patch_options({"force": ["true"], "fieldManager": ["me"]}, apply=True)
    assert found == storage_options.WriteOptions(force=True, field_manager="me")


# gets and tables


def test_export_has_gone() -> None:
    with pytest.raises(errors.BadRequest, match="no longer supported"):
        options.get_options({"export": ["1"]})
    assert options.get_options({"export": ["false"], "resourceVersion": ["4"]}).resource_version == "4"


@pytest.mark.parametrize("include, found", [("", "Metadata"), ("Metadata", "Metadata"), ("None", "None")])
def test_rows_can_have_objects(include: str, found: str) -> None:
    assert options.table_options({"includeObject": [include]}).include_object == found


def test_other_objects_in_rows_are_refused() -> None:
    with pytest.raises(errors.BadRequest, match="must be 'Metadata', 'Object', 'None', or empty"):
        options.table_options({"includeObject": ["metadata"]})
