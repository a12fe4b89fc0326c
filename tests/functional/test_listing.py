"""GET of collections, over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from tests.fixtures import serving, widgets

ITEMS, BASE = serving.ITEMS, serving.BASE
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


@pytest.fixture
async def three(client: serving.Client) -> None:
    for name in ("a", "b"):
        await client.send("POST", ITEMS, widgets.widget(name, labels={"name": name}))
    await client.send("POST", f"{BASE}/namespaces/work/widgets", widgets.widget("c"))


def names(found: serving.Response) -> list[str]:
    return [item["metadata"]["name"] for item in found.body["items"]]


@pytest.mark.parametrize(
    "query, status, reason, message",
    [
        ("labelSelector=a!b", 400, "BadRequest", "unable to parse requirement"),
        ("fieldSelector=spec.size%3D1", 400, "BadRequest", "field label not supported: spec.size"),
        ("fieldSelector=oh", 400, "BadRequest", "invalid selector: 'oh'"),
        ("limit=all", 400, "BadRequest", 'strconv.ParseInt: parsing "all": invalid syntax'),
        ("limit=99999999999999999999", 400, "BadRequest", "value out of range"),
        ("resourceVersionMatch=Exact", 422, "Invalid", "is forbidden unless resourceVersion is provided"),
        ("sendInitialEvents=true", 422, "Invalid", "sendInitialEvents is forbidden for list"),
    ],
)
async def test_options_that_make_no_sense_are_refused(
    client: serving.Client, query: str, status: int, reason: str, message: str
) -> None:
    found = await client.get(f"{ITEMS}?{query}")
    assert (found.status, found.body["reason"]) == (status, reason)
    assert message in found.body["message"]


async def test_an_empty_list_has_items(client: serving.Client) -> None:
    found = await client.get(ITEMS)
    assert found.status == 200
    assert found.body == {
        "kind": "WidgetList",
        "apiVersion": "toys.example.org/v1",
        "metadata": {"resourceVersion": "100", "continue": ""},
        "items": [],
    }


@pytest.mark.usefixtures("three")
async def test_a_namespace_and_all_of_them_can_be_listed(client: serving.Client) -> None:
    assert names(await client.get(ITEMS)) == ["a", "b"]
    assert names(await client.get(f"{BASE}/widgets")) == ["a", "b", "c"]


@pytest.mark.usefixtures("three")
async def test_options_reach_the_storage(client: serving.Client, storage: widgets.Widgets) -> None:
    found = await client.get(
        f"{ITEMS}?labelSelector=name%20in%20(b,c)&fieldSelector=metadata.name%21%3Dx&limit=7&timeoutSeconds=5"
        "&resourceVersion=12&resourceVersionMatch=NotOlderThan&unheard=of"
    )
    assert names(found) == ["b"]
    given = storage.seen[-1]
    assert (given.limit, given.timeout) == (7, 5.0)
    assert (given.resource_version, given.resource_version_match) == ("12", "NotOlderThan")
    assert not given.watch
    assert str(given.field_selector) == "metadata.name!=x"


@pytest.mark.usefixtures("three")
async def test_a_list_that_is_cut_says_how_to_go_on(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}?limit=1")
    assert names(found) == ["a"]
    assert found.body["metadata"] == {"resourceVersion": "103", "continue": "more", "remainingItemCount": 1}


@pytest.mark.usefixtures("three")
async def test_a_list_can_be_had_as_yaml_and_laid_out(client: serving.Client) -> None:
    as_yaml = await client.get(ITEMS, accept="application/yaml")
    assert as_yaml.body.startswith("apiVersion: toys.example.org/v1\nitems:\n- apiVersion:")
    async with client.session.get(f"{client.base}{ITEMS}?pretty=1") as answer:
        assert (await answer.text()).startswith('{\n  "kind": "WidgetList",\n')


@pytest.mark.usefixtures("three")
async def test_a_table_has_a_row_for_each(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}?limit=1", accept=TABLE)
    assert found.body["metadata"] == {"resourceVersion": "103", "continue": "more", "remainingItemCount": 1}
    assert [row["cells"][0] for row in found.body["rows"]] == ["a"]
    assert len(found.body["columnDefinitions"]) == 2


@pytest.mark.usefixtures("three")
async def test_metadata_can_be_had_alone(client: serving.Client) -> None:
    found = await client.get(ITEMS, accept=PARTIAL)
    assert (found.body["kind"], found.body["apiVersion"]) == ("PartialObjectMetadataList", "meta.k8s.io/v1")
    assert names(found) == ["a", "b"]
    assert found.body["items"][0]["kind"] == "PartialObjectMetadata"
    wrong = await client.get(ITEMS, accept=PARTIAL.replace("MetadataList", "Metadata"))
    assert (wrong.status, wrong.body["reason"]) == (406, "NotAcceptable")


@pytest.mark.usefixtures("three")
async def test_a_table_of_an_unknown_version_gives_way_to_the_next_wish(client: serving.Client) -> None:
    wish = TABLE.replace("v=v1", "v=v9")
    assert (await client.get(ITEMS, accept=wish)).status == 406
    assert (await client.get(ITEMS, accept=f"{wish}, application/json")).body["kind"] == "WidgetList"


async def test_long_lists_of_several_clients_are_each_whole(client: serving.Client) -> None:
    for index in range(40):
        await client.send("POST", ITEMS, widgets.widget(f"w-{index:02}", tags=["t" * 4000]))
    wishes = [client.get(ITEMS, accept_encoding=encoding) for encoding in ("gzip", "identity", "gzip")]
    found = await asyncio.gather(*wishes)
    assert [answer.headers.get("Content-Encoding") for answer in found] == ["gzip", None, "gzip"]
    assert [len(answer.body["items"]) for answer in found] == [40, 40, 40]
