"""GET of objects and of what objects lead to, over HTTP."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from kroute import installer
from kroute.machinery import context
from tests.fixtures import serving, widgets

ITEMS = serving.ITEMS
WIDGET = widgets.widget("a")
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"


@pytest.fixture
async def widget(client: serving.Client) -> None:
    assert (await client.send("POST", ITEMS, WIDGET)).status == 201


async def test_an_object_that_is_not_there_is_a_status(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}/a")
    assert found.status == 404
    assert found.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'widgets.toys.example.org "a" not found',
        "reason": "NotFound",
        "details": {"name": "a", "group": "toys.example.org", "kind": "widgets"},
        "code": 404,
    }


@pytest.mark.usefixtures("widget")
async def test_an_object_is_answered_as_json(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}/a")
    assert (found.status, found.headers["Content-Type"]) == (200, "application/json")
    assert found.headers["Cache-Control"] == "no-cache, private"
    assert found.body["kind"] == "Widget"
    assert found.body["metadata"]["namespace"] == "play"
    assert found.body["spec"] == {"size": 1, "color": "red"}


@pytest.mark.usefixtures("widget")
async def test_an_object_can_be_had_as_yaml(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}/a", accept="application/yaml")
    assert found.headers["Content-Type"] == "application/yaml"
    assert found.body.startswith("apiVersion: toys.example.org/v1\nkind: Widget\n")
    missing = await client.get(f"{ITEMS}/b", accept="application/yaml")
    assert (missing.status, missing.headers["Content-Type"]) == (404, "application/yaml")
    assert "reason: NotFound\n" in missing.body


@pytest.mark.usefixtures("widget")
@pytest.mark.parametrize(
    "query, agent, pretty",
    [
        ("", "tester/1.0", False),
        ("?pretty=true", "tester/1.0", True),
        ("?pretty=1", "tester/1.0", True),
        ("?pretty=no", "curl/8.0", False),
        ("", "curl/8.0", True),
    ],
)
async def test_humans_get_it_laid_out(client: serving.Client, query: str, agent: str, pretty: bool) -> None:
    async with client.session.get(f"{client.base}{ITEMS}/a{query}", headers={"User-Agent": agent}) as answer:
        text = await answer.text()
    assert text.startswith('{\n  "') is pretty
    assert text.endswith("}\n")


async def test_a_media_type_that_there_is_not_is_406_in_json(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}/a", accept="image/png")
    assert (found.status, found.headers["Content-Type"]) == (406, "application/json")
    assert found.body["reason"] == "NotAcceptable"
    assert found.body["message"] == "only the following media types are accepted: application/json, application/yaml"


@pytest.mark.usefixtures("widget")
async def test_a_table_shows_one_object_as_a_row(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}/a", accept=TABLE)
    assert found.status == 200
    assert (found.body["kind"], found.body["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [column["name"] for column in found.body["columnDefinitions"]] == ["Name", "Age"]
    [row] = found.body["rows"]
    assert row["cells"][0] == "a"
    assert (row["object"]["kind"], row["object"]["metadata"]["name"]) == ("PartialObjectMetadata", "a")


@pytest.mark.usefixtures("widget")
async def test_rows_have_the_objects_that_are_asked_for(client: serving.Client) -> None:
    whole = await client.get(f"{ITEMS}/a?includeObject=Object", accept=TABLE)
    assert whole.body["rows"][0]["object"]["spec"] == {"size": 1, "color": "red"}
    none = await client.get(f"{ITEMS}/a?includeObject=None", accept=TABLE)
    assert none.body["rows"][0]["object"] is None
    wrong = await client.get(f"{ITEMS}/a?includeObject=All", accept=TABLE)
    assert (wrong.status, wrong.body["reason"]) == (400, "BadRequest")
    assert wrong.body["message"].startswith("Unable to convert to Table as requested: includeObject: Invalid value")


@pytest.mark.usefixtures("widget")
async def test_metadata_can_be_had_alone(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}/a", accept=PARTIAL)
    assert set(found.body) == {"kind", "apiVersion", "metadata"}
    assert (found.body["kind"], found.body["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
    assert found.body["metadata"]["name"] == "a"


@pytest.mark.usefixtures("widget")
async def test_one_object_is_no_list_of_metadata(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}/a", accept=PARTIAL.replace("Metadata", "MetadataList"))
    assert (found.status, found.body["reason"]) == (406, "NotAcceptable")
    assert "is not a list" in found.body["message"]


async def test_an_error_is_no_table(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}/a", accept=f"{TABLE}, application/json")
    assert (found.status, found.body["kind"]) == (404, "Status")


@pytest.mark.usefixtures("widget")
async def test_options_reach_the_storage(client: serving.Client, storage: widgets.Widgets) -> None:
    await client.get(f"{ITEMS}/a?resourceVersion=0&unheard=of")
    assert storage.seen[-1].resource_version == "0"
    found = await client.get(f"{ITEMS}/a?export=true")
    assert (found.status, found.body["reason"]) == (400, "BadRequest")


async def test_large_answers_are_compressed_for_who_takes_it(client: serving.Client) -> None:
    large = {**WIDGET, "metadata": {"name": "a", "annotations": {"note": "n" * 140_000}}}
    await client.send("POST", ITEMS, large)
    for accepted, encoding in (("gzip", "gzip"), ("deflate, gzip", "gzip"), ("deflate", None), ("gzip;q=1", None)):
        found = await client.get(f"{ITEMS}/a", accept_encoding=accepted)
        assert found.headers.get("Content-Encoding") == encoding, accepted
        assert found.body["metadata"]["annotations"] == large["metadata"]["annotations"]  # type: ignore[index]
    await client.send("POST", ITEMS, {**WIDGET, "metadata": {"name": "small"}})
    assert "Content-Encoding" not in (await client.get(f"{ITEMS}/small", accept_encoding="gzip")).headers


async def test_names_may_have_escapes(client: serving.Client) -> None:
    await client.send("POST", ITEMS, {**WIDGET, "metadata": {"name": "odd name+ü"}})
    found = await client.get(f"{ITEMS}/odd%20name%2B%C3%BC")
    assert (found.status, found.body["metadata"]["name"]) == (200, "odd name+ü")


class Buggy:
    """A storage with a bug."""

    kind, namespaced = widgets.KIND, True

    async def get(self, ctx: context.RequestContext, name: str, options: Any) -> Any:
        return {}["the secret of " + name]  # type: ignore[var-annotated]


async def test_a_bug_is_a_500_that_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with serving.bare(installer.APIInstaller([serving.group(Buggy())])) as client:
        found = await client.get(f"{ITEMS}/a")
    assert (found.status, found.body["reason"]) == (500, "InternalError")
    assert "secret" not in json.dumps(found.body)
    assert "audit ID audit" in found.body["message"]
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "audit ID audit" in record.getMessage()
    assert record.exc_info is not None
    assert "the secret of a" in str(record.exc_info[1])


class Log:
    """A subresource with options and a subpath of its own, whose answers are text."""

    get_options: Mapping[str, Any] = {
        "lines": {"type": "integer"},
        "follow": {"type": "boolean"},
        "part": {"type": "string"},
    }
    get_subpath = True
    produces = ("text/plain",)

    async def get_with_options(
        self, ctx: context.RequestContext, name: str, options: Mapping[str, str], path: str
    ) -> Any:
        if options.get("follow") == "true":
            return self._pieces(broken="part" in options)
        return f"{name} {sorted(options.items())} {path!r}"

    async def _pieces(self, *, broken: bool) -> AsyncIterator[bytes]:
        yield b"one\n"
        if broken:
            raise RuntimeError("torn")
        yield b"two\n"


@pytest.fixture
async def logs() -> AsyncIterator[serving.Client]:
    async with serving.bare(installer.APIInstaller([serving.group(widgets_log=Log())])) as found:
        yield found


async def test_a_subresource_may_have_options_and_a_path_of_its_own(logs: serving.Client) -> None:
    found = await logs.get(f"{ITEMS}/a/log/x/y?lines=3&part=p&part=q&other=1")
    assert (found.status, found.headers["Content-Type"]) == (200, "text/plain")
    assert found.body == "a [('lines', '3'), ('part', 'p')] '/x/y'"
    assert (await logs.get(f"{ITEMS}/a/log")).body == "a [] ''"


async def test_options_that_are_no_numbers_are_refused(logs: serving.Client) -> None:
    found = await logs.get(f"{ITEMS}/a/log?lines=many")
    assert (found.status, found.body["message"]) == (400, 'strconv.ParseInt: parsing "many": invalid syntax')


async def test_an_answer_may_come_in_pieces(logs: serving.Client) -> None:
    assert (await logs.get(f"{ITEMS}/a/log?follow=true")).body == "one\ntwo\n"


async def test_an_answer_that_breaks_off_does_not_look_whole(logs: serving.Client) -> None:
    with pytest.raises(serving.aiohttp.ClientError):
        await logs.get(f"{ITEMS}/a/log?follow=true&part=1")
