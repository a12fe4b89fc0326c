"""POST, over HTTP: what bodies may be, what is said of those that may not, and what becomes of the others."""

from __future__ import annotations

import io
from typing import Any

import pytest

from kroute import installer
from kroute.admission import attributes, chain
from kroute.machinery import context, errors, objects
from kroute.storage import capabilities, options
from tests.fixtures import serving, widgets

ITEMS, BASE = serving.ITEMS, serving.BASE
JSON = {"Content-Type": "application/json"}
CREATE = attributes.Operation.CREATE
TEXT_415 = (
    "the body of the request was in an unknown format - accepted media types include: application/json, "
    "application/yaml"
)


@pytest.mark.parametrize(
    "body, message",
    [
        (b"", "unexpected end of JSON input"),
        (b"{", "unexpected end of JSON input"),
        (b"[]", "json: cannot unmarshal array"),
        (b"{}", "Object 'Kind' is missing in '{}'"),
        (b'{"kind":"Widget"}', "the API version in the data () does not match"),
        (b'{"kind":1}', "cannot unmarshal number"),
        (b'{"kind":"Widget","apiVersion":"toys.example.org/v1","metadata":{"labels":{"a":1}}}', "cannot unmarshal"),
        (b'{"kind":"Widget","apiVersion":"toys.example.org/v1","metadata":7}', "cannot unmarshal number"),
        (b"\xff\xfe", "invalid character"),
    ],
)
async def test_bodies_that_are_no_objects_are_told_so(client: serving.Client, body: bytes, message: str) -> None:
    found = await client.send("POST", ITEMS, raw=body)
    assert (found.status, found.body["reason"]) == (400, "BadRequest")
    assert message in found.body["message"]


@pytest.mark.parametrize(
    "change, status, message",
    [
        (
            {"apiVersion": "toys.example.org/v2"},
            400,
            "the API version in the data (toys.example.org/v2) does not match the expected API version "
            "(toys.example.org/v1)",
        ),
        ({"kind": "Gadget"}, 422, 'kind: Invalid value: "Gadget": must be Widget'),
        (
            {"metadata": {"name": "a", "namespace": "work"}},
            400,
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
    ],
)
async def test_objects_of_another_kind_or_place_are_refused(
    client: serving.Client, storage: widgets.Widgets, change: dict[str, Any], status: int, message: str
) -> None:
    found = await client.send("POST", ITEMS, widgets.widget("a") | change)
    assert found.status == status
    assert message in found.body["message"]
    assert not storage.found


@pytest.mark.parametrize(
    "query, message",
    [
        ("dryRun=Some", 'dryRun: Unsupported value: ["Some"]: supported values: "All"'),
        ("fieldValidation=Hard", 'fieldValidation: Unsupported value: "Hard"'),
        ("fieldManager=a%01", 'fieldManager: Invalid value: "a\\x01": invalid character U+0001 (at position 1)'),
        (f"fieldManager={'m' * 129}", "fieldManager: Too long: may not be more than 128 bytes"),
    ],
)
async def test_options_are_checked(client: serving.Client, query: str, message: str) -> None:
    found = await client.send("POST", f"{ITEMS}?{query}", widgets.widget("a"))
    assert (found.status, found.body["reason"]) == (422, "Invalid")
    assert found.body["message"].startswith('CreateOptions.meta.k8s.io "" is invalid: ')
    assert message in found.body["message"]


async def test_a_body_in_another_format_is_415(client: serving.Client) -> None:
    found = await client.send("POST", ITEMS, widgets.widget("a"), content_type="text/csv")
    assert (found.status, found.body["reason"], found.body["message"]) == (415, "UnsupportedMediaType", TEXT_415)


async def test_a_body_beyond_the_limit_is_413_whether_its_length_is_known_or_not(client: serving.Client) -> None:
    large = b" " * (3 * 1024 * 1024 + 1)
    told = await client.send("POST", ITEMS, raw=io.BytesIO(large))
    assert (told.status, told.body["reason"]) == (413, "RequestEntityTooLarge")
    assert told.body["message"] == "Request entity too large: limit is 3145728"

    async def pieces() -> Any:
        for start in range(0, len(large), 500_000):
            yield large[start : start + 500_000]

    async with client.session.post(f"{client.base}{ITEMS}", data=pieces(), headers=JSON) as answer:
        assert answer.status == 413


async def test_an_object_is_created(client: serving.Client, storage: widgets.Widgets) -> None:
    found = await client.send("POST", f"{ITEMS}?fieldManager=me", widgets.widget("a"))
    assert found.status == 201
    assert found.body["metadata"]["namespace"] == "play"
    assert found.body["spec"] == {"size": 1, "color": "red"}
    [entry] = found.body["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"], entry["apiVersion"]) == ("me", "Update", "toys.example.org/v1")
    assert storage.found["play/a"]["metadata"]["uid"] == found.body["metadata"]["uid"]
    again = await client.send("POST", ITEMS, widgets.widget("a"))
    assert (again.status, again.body["reason"]) == (409, "AlreadyExists")


async def test_a_user_agent_names_the_manager_of_who_does_not(client: serving.Client) -> None:
    found = await client.send("POST", ITEMS, widgets.widget("a"))
    assert found.body["metadata"]["managedFields"][0]["manager"] == "tester"


async def test_a_body_may_be_yaml(client: serving.Client) -> None:
    text = b"apiVersion: toys.example.org/v1\nkind: Widget\nmetadata: {name: a}\nspec:\n  size: 0x10\n"
    found = await client.send("POST", ITEMS, raw=text, content_type="application/yaml; charset=utf-8")
    assert (found.status, found.body["spec"]["size"]) == (201, 16)
    wrong = await client.send("POST", ITEMS, raw=b"a: [", content_type="application/yaml")
    assert (wrong.status, wrong.body["reason"]) == (400, "BadRequest")
    assert "yaml: line 1: did not find expected node content" in wrong.body["message"]


async def test_what_only_the_server_sets_is_taken_away(client: serving.Client) -> None:
    sent = widgets.widget("a")
    sent["metadata"] |= {"uid": "mine", "deletionTimestamp": "2020-01-01T00:00:00Z", "selfLink": "/x"}
    found = await client.send("POST", ITEMS, sent)
    assert found.body["metadata"]["uid"] == "uid-a"
    assert found.body["metadata"].keys().isdisjoint({"deletionTimestamp", "selfLink"})


UNKNOWN = (
    b'{"apiVersion":"toys.example.org/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"size":1,"size":2,"odd":1}}'
)


async def test_unknown_and_repeated_fields_are_warned_of(client: serving.Client) -> None:
    found = await client.send("POST", ITEMS, raw=UNKNOWN)
    assert found.status == 201
    assert found.body["spec"] == {"size": 2, "color": "red"}
    assert found.warnings == ['299 - "duplicate field \\"spec.size\\""', '299 - "unknown field \\"spec.odd\\""']


async def test_unknown_and_repeated_fields_are_refused_strictly(
    client: serving.Client, storage: widgets.Widgets
) -> None:
    found = await client.send("POST", f"{ITEMS}?fieldValidation=Strict", raw=UNKNOWN)
    assert (found.status, found.body["reason"], found.warnings) == (400, "BadRequest", [])
    text = 'strict decoding error: duplicate field "spec.size", unknown field "spec.odd"'
    assert text in found.body["message"]
    assert not storage.found


async def test_unknown_and_repeated_fields_may_be_ignored(client: serving.Client) -> None:
    found = await client.send("POST", f"{ITEMS}?fieldValidation=Ignore", raw=UNKNOWN)
    assert (found.status, found.body["spec"], found.warnings) == (201, {"size": 2, "color": "red"}, [])


async def test_owners_that_are_there_twice_are_kept_once(client: serving.Client) -> None:
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
    sent = widgets.widget("a")
    sent["metadata"]["ownerReferences"] = [owner, owner]
    found = await client.send("POST", ITEMS, sent)
    assert found.body["metadata"]["ownerReferences"] == [owner]
    [text] = found.warnings
    assert text.startswith('299 - ".metadata.ownerReferences contains duplicate entries; API server dedups')
    assert text.endswith('duplicate UID(s) observed: u"')


async def test_a_dry_run_is_told_to_the_storage(client: serving.Client, storage: widgets.Widgets) -> None:
    found = await client.send("POST", f"{ITEMS}?dryRun=All", widgets.widget("a"))
    assert found.status == 201
    assert storage.seen[-1].dry_run
    assert not storage.found


async def test_an_answer_can_be_a_table(client: serving.Client) -> None:
    found = await client.send("POST", ITEMS, widgets.widget("a"), accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert (found.status, found.body["kind"], len(found.body["rows"])) == (201, "Table", 1)


# admission


class Recorder:
    """Notes what it is asked, adds a label, and refuses what is coloured black."""

    operations = (CREATE,)

    def __init__(self) -> None:
        self.asked: list[tuple[str, attributes.Attributes]] = []

    async def admit(self, found: attributes.Attributes) -> None:
        assert found.obj is not None
        self.asked.append(("admit", found))
        found.obj["metadata"].setdefault("labels", {})["seen"] = "yes"

    async def validate(self, found: attributes.Attributes) -> None:
        assert found.obj is not None
        self.asked.append(("validate", found))
        if found.obj["spec"].get("color") == "black":
            raise errors.Forbidden.of(widgets.RESOURCE, found.name, "black is not allowed")


async def test_admission_changes_first_and_may_refuse_then(storage: widgets.Widgets) -> None:
    recorder = Recorder()
    settings = installer.Settings(admission=chain.AdmissionChain([recorder]))
    async with serving.bare(installer.APIInstaller([serving.group(storage)], settings=settings)) as client:
        found = await client.send("POST", ITEMS, widgets.widget("a"))
        assert (found.status, found.body["metadata"]["labels"]) == (201, {"seen": "yes"})
        refused = await client.send("POST", ITEMS, widgets.widget("b", color="black"))
    assert (refused.status, refused.body["reason"]) == (403, "Forbidden")
    assert "black is not allowed" in refused.body["message"]
    assert list(storage.found) == ["play/a"]
    assert [step for step, _ in recorder.asked] == ["admit", "validate"] * 2
    asked = recorder.asked[1][1]
    assert (asked.operation, asked.name, asked.namespace, asked.old) == ("CREATE", "a", "play", None)
    assert (asked.kind, asked.resource.resource, asked.subresource) == (widgets.KIND, "widgets", "")
    assert asked.obj is not None
    assert asked.obj["metadata"]["uid"] == "uid-a"
    assert asked.user is context.ANONYMOUS


# creating below an object's name


class Bindings:
    """A subresource that only takes objects of its own kind."""

    kind = "WidgetBinding"

    def __init__(self) -> None:
        self.bound: list[tuple[str, objects.Object]] = []

    async def create_named(
        self,
        ctx: context.RequestContext,
        name: str,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> objects.Object:
        await validate(obj, None)
        self.bound.append((name, obj))
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}


async def test_a_subresource_can_take_objects_of_its_own_kind(storage: widgets.Widgets) -> None:
    bindings = Bindings()
    installed = installer.APIInstaller([serving.group(storage, widgets_binding=bindings)])
    sent = {"apiVersion": "toys.example.org/v1", "kind": "WidgetBinding", "target": "x"}
    async with serving.bare(installed) as client:
        found = await client.send("POST", f"{ITEMS}/a/binding", sent)
        wrong = await client.send("POST", f"{ITEMS}/a/binding", widgets.widget("a"))
    assert (found.status, found.body["status"], found.body["code"]) == (201, "Success", 201)
    assert wrong.status == 422
    [(name, obj)] = bindings.bound
    assert (name, obj["target"], obj["metadata"]["namespace"]) == ("a", "x", "play")
