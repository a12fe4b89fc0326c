"""kubectl create, label, annotate, edit, patch, replace and scale."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fixtures.guestbooks import entry, guestbook
from tests.fixtures.kubectls import Kubectl

NAME = "guestbook.guestbook.example.org"
RESOURCE = "guestbooks.guestbook.example.org"
MODIFIED = (
    f'Operation cannot be fulfilled on {RESOURCE} "inn": the object has been modified; please apply your changes to '
    "the latest version and try again\n"
)


@pytest.fixture
def inn(k: Kubectl) -> Kubectl:
    """With a guestbook `inn`."""
    k.create(guestbook(moderators=["ann"]))
    return k


def spec(k: Kubectl) -> dict[str, Any]:
    found: dict[str, Any] = k.object("gb", "inn")["spec"]
    return found


def test_creating(k: Kubectl) -> None:
    assert k("create", "-f", "-", stdin=guestbook(moderators=["ann"])) == f"{NAME}/inn created\n"
    assert k.fails("create", "-f", "-", stdin=guestbook(moderators=["ann"])) == (
        f'Error from server (AlreadyExists): error when creating "STDIN": {RESOURCE} "inn" already exists\n'
    )
    made = k.run("create", "-f", "-", "-o", "name", stdin=guestbook() | {"metadata": {"generateName": "book-"}})
    assert made.out.startswith(f"{NAME}/book-")
    assert len(made.out.strip()) == len(f"{NAME}/book-xxxxx")
    listing = {"apiVersion": "v1", "kind": "List", "items": [entry("a"), entry("b")]}
    assert k("create", "-f", "-", stdin=listing).split() == [
        "entry.guestbook.example.org/a", "created", "entry.guestbook.example.org/b", "created",
    ]  # fmt: skip
    shown = k("create", "--dry-run=server", "-f", "-", "-o", "jsonpath={.spec.author}", stdin=entry("c"))
    assert shown == "system:unsecured"
    assert k("get", "entries", "-o", "name").count("\n") == 2


@pytest.mark.parametrize(
    "change, text",
    [
        ({"spec": {}}, 'The Guestbook "inn" is invalid: spec.title: Required value\n'),
        (
            {"spec": {"title": 5, "theme": "red"}},
            'The Guestbook "inn" is invalid: \n'
            '* spec.title: Invalid value: "integer": spec.title in body must be of type string: "integer"\n'
            '* spec.theme: Unsupported value: "red": supported values: "light", "dark"\n',
        ),
        (
            {"spec": {"title": "x", "weight": 1}, "statuses": {}},
            'Error from server (BadRequest): error when creating "STDIN": Guestbook in version "v1" cannot be handled '
            'as a Guestbook: strict decoding error: unknown field "spec.weight", unknown field "statuses"\n',
        ),
        (
            {"metadata": {"name": "Inn"}},
            'The Guestbook "Inn" is invalid: metadata.name: Invalid value: "Inn": a lowercase RFC 1123 subdomain must '
            "consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
            "character (e.g. 'example.com', regex used for validation is "
            "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n",
        ),
        (
            {"metadata": {"name": "inn", "namespace": "elsewhere"}},
            'error: the namespace from the provided object "elsewhere" does not match the namespace',
        ),
    ],
)
def test_mistakes_in_new_objects(k: Kubectl, change: dict[str, Any], text: str) -> None:
    assert k.fails("create", "-f", "-", stdin=guestbook() | change).startswith(text)


def test_rules_of_the_strategy_are_told(k: Kubectl) -> None:
    linked = entry(message="see http://example.com")
    assert k.fails("create", "-f", "-", stdin=linked) == (
        'The Entry "first" is invalid: spec.message: Invalid value: "see http://example.com": must not have links\n'
    )
    k("create", "-f", "-", stdin=entry())
    changed = k.fails("patch", "entry", "first", "--type=merge", "-p", '{"spec":{"message":"other"}}')
    assert changed == 'The Entry "first" is invalid: spec: Forbidden: an entry can\'t be rewritten\n'


def test_labels(inn: Kubectl) -> None:
    inn.create(guestbook("mill", moderators=["x"]))
    assert inn("label", "gb", "inn", "env=prod", "tier=front") == f"{NAME}/inn labeled\n"
    assert inn("label", "gb", "inn", "env=prod") == f"{NAME}/inn not labeled\n"
    assert inn.fails("label", "gb", "inn", "env=dev") == (
        "error: 'env' already has a value (prod), and --overwrite is false\n"
    )
    assert inn("label", "gb", "inn", "env=dev", "--overwrite") == f"{NAME}/inn labeled\n"
    assert inn("label", "gb", "inn", "tier-") == f"{NAME}/inn unlabeled\n"
    assert inn("label", "gb", "--all", "group=one") == f"{NAME}/inn labeled\n{NAME}/mill labeled\n"
    assert inn("label", "gb", "-l", "env=dev", "colour=blue", "--dry-run=server") == (
        f"{NAME}/inn labeled (server dry run)\n"
    )
    assert set(inn("label", "gb", "inn", "--list").split()) == {"env=dev", "group=one"}
    bad = inn.fails("label", "gb", "inn", "bad key=v")
    assert bad.startswith('The Guestbook "inn" is invalid: metadata.labels: Invalid value: "bad key": name part must')
    stale = inn.fails("label", "gb", "inn", "--resource-version=1", "x=y")
    assert stale == f"Error from server (Conflict): {MODIFIED}"
    missing = f'Error from server (NotFound): {RESOURCE} "missing" not found\n'
    assert inn.fails("label", "gb", "missing", "x=y") == missing
    assert inn.object("gb", "inn")["metadata"]["generation"] == 1


def test_annotations(inn: Kubectl) -> None:
    assert inn("annotate", "gb", "inn", "note=two words", "url=https://example.com/?a=b") == f"{NAME}/inn annotated\n"
    assert "'note' already has a value (two words)" in inn.fails("annotate", "gb", "inn", "note=other")
    assert inn("annotate", "gb", "inn", "note=other", "--overwrite") == f"{NAME}/inn annotated\n"
    assert inn("annotate", "gb", "inn", "url-") == f"{NAME}/inn annotated\n"
    assert inn.object("gb", "inn")["metadata"]["annotations"] == {"note": "other"}
    bad = inn.fails("annotate", "gb", "inn", "Bad_Domain.example.com/x=y")
    assert bad.startswith(
        'The Guestbook "inn" is invalid: metadata.annotations: Invalid value: "Bad_Domain.example.com'
    )


def test_editing(inn: Kubectl) -> None:
    edited = f"{NAME}/inn edited\n"
    assert inn("edit", "gb", "inn", KUBE_EDITOR="sed -i 's/The inn/Our inn/'") == edited
    assert inn("edit", "gb/inn", EDITOR="sed -i 's/theme: light/theme: dark/'") == edited
    assert (spec(inn)["title"], spec(inn)["theme"]) == ("Our inn", "dark")
    unchanged = inn.run("edit", "gb", "inn", KUBE_EDITOR="true")
    assert (unchanged.code, unchanged.err) == (0, "Edit cancelled, no changes made.\n")
    shown = inn("edit", "gb", "inn", "-o", "json", "--output-patch", KUBE_EDITOR="sed -i s/Our/Their/")
    assert 'Patch: {"spec":{"title":"Their inn"}}' in shown
    assert inn("edit", "gb", "inn", "--subresource=status", KUBE_EDITOR="sed -i s/New/Open/") == edited
    assert inn.object("gb", "inn")["status"]["phase"] == "Open"
    refused = inn.fails("edit", "gb", "inn", KUBE_EDITOR="sed -i 's/theme: dark/theme: red/'")
    assert refused.startswith('error: guestbooks.guestbook.example.org "inn" is invalid\n')
    reason = '# spec.theme: Unsupported value: "red": supported values: "light", "dark"'
    assert any(reason in copy.read_text().replace("# * ", "# ") for copy in inn.folder.glob("kubectl-edit-*.yaml"))
    missing = inn.fails("edit", "gb", "missing", KUBE_EDITOR="true")
    assert missing == f'Error from server (NotFound): {RESOURCE} "missing" not found\n'


def test_patching(inn: Kubectl) -> None:
    def patch(kind: str, value: Any, *more: str) -> str:
        return inn("patch", "gb", "inn", f"--type={kind}", "-p", json.dumps(value), *more)

    assert patch("merge", {"spec": {"theme": "dark", "moderators": None}}) == f"{NAME}/inn patched\n"
    assert patch("merge", {"spec": {"theme": "dark"}}) == f"{NAME}/inn patched (no change)\n"
    operations = [
        {"op": "test", "path": "/spec/theme", "value": "dark"},
        {"op": "replace", "path": "/spec/title", "value": "t"},
        {"op": "add", "path": "/spec/moderators", "value": ["bob"]},
        {"op": "add", "path": "/spec/moderators/-", "value": "cid"},
    ]
    assert patch("json", operations) == f"{NAME}/inn patched\n"
    assert spec(inn) == {"title": "t", "theme": "dark", "replicas": 1, "moderators": ["bob", "cid"]}
    assert inn.object("gb", "inn")["metadata"]["generation"] == 3
    assert patch("merge", {"spec": {"replicas": 9}}, "--dry-run=server") == f"{NAME}/inn patched\n"
    assert spec(inn)["replicas"] == 1
    (inn.folder / "patch.yaml").write_text("metadata:\n  labels: {from: file}\n")
    assert inn("patch", "gb", "inn", "--type=merge", "--patch-file=patch.yaml") == f"{NAME}/inn patched\n"


def test_patching_subresources(inn: Kubectl) -> None:
    state = {"status": {"phase": "Open", "replicas": 2}, "spec": {"replicas": 50}}
    merge = ("patch", "gb", "inn", "--type=merge", "-p")
    assert inn(*merge, json.dumps(state), "--subresource=status") == f"{NAME}/inn patched\n"
    found = inn.object("gb", "inn")
    assert (found["status"]["phase"], found["spec"]["replicas"]) == ("Open", 1)
    assert found["metadata"]["generation"] == 1
    assert inn(*merge, json.dumps({"status": {"phase": "Closed"}})) == f"{NAME}/inn patched (no change)\n"
    assert inn(*merge, '{"spec":{"replicas":4}}', "--subresource=scale") == "scale.autoscaling/inn patched\n"
    assert inn.table("get", "gb", "inn", "--subresource=scale") == [
        ["NAME", "DESIRED", "AVAILABLE", "AGE"],
        ["inn", "4", "2", "<age>"],
    ]
    assert inn("get", "gb", "inn", "--subresource=status", "-o", "jsonpath={.status.phase}") == "Open"
    wrong = inn.fails(*merge, '{"status":{"phase":7}}', "--subresource=status")
    assert wrong == (
        'The Guestbook "inn" is invalid: status.phase: Invalid value: "integer": phase in body must be of type string: '
        '"integer"\n'
    ) or wrong.startswith('The Guestbook "inn" is invalid: \n* status.phase: Invalid value: "integer"')


@pytest.mark.parametrize(
    "flags, text",
    [
        (["-p", "{}"], "error: application/strategic-merge-patch+json is not supported by guestbook.example.org/v1, "
         "Kind=Guestbook: the body of the request was in an unknown format - accepted media types include: "
         "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml\n"),
        (["--type=json", "-p", '[{"op":"remove","path":"/metadata/labels/absent"}]'],
         "The request is invalid: the server rejected our request due to an error in our request\n"),
        (["--type=json", "-p", '[{"op":"test","path":"/spec/replicas","value":7}]'],
         "The request is invalid: the server rejected our request due to an error in our request\n"),
        (["--type=json", "-p", '{"spec":{}}'], "Error from server (BadRequest): error decoding patch: json: cannot "
         "unmarshal object into Go value of type []handlers.jsonPatchOp\n"),
        (["--type=merge", "-p", '{"spec":{"replicas":"many"}}'], 'The Guestbook "inn" is invalid: \n* spec.replicas: '
         'Invalid value: "string": spec.replicas in body must be of type integer: "string"\n* .spec.replicas: Invalid '
         "value: 0: .spec.replicas accessor error: many is of the type string, expected int64\n"),
        (["--type=merge", "-p", '{"metadata":{"name":"renamed"}}'], "Error from server (BadRequest): the name of the "
         "object (renamed) does not match the name on the URL (inn)\n"),
        (["--type=merge", "-p", '{"metadata":{"uid":"x"}}'], 'The Guestbook "inn" is invalid: metadata.uid'),
        (["--type=merge", "-p", "{}", "--subresource=wheels"],
         "Error from server (NotFound): the server could not find the requested resource\n"),
    ],
)  # fmt: skip
def test_patches_that_make_no_sense(inn: Kubectl, flags: list[str], text: str) -> None:
    assert inn.fails("patch", "gb", "inn", *flags).startswith(text)


def test_an_unknown_field_of_a_patch_is_warned_of(inn: Kubectl) -> None:
    done = inn.run("patch", "gb", "inn", "--type=merge", "-p", '{"spec":{"nosuch":1}}')
    assert (done.out, done.err) == (f"{NAME}/inn patched (no change)\n", 'Warning: unknown field "spec.nosuch"\n')


def test_replacing(k: Kubectl) -> None:
    inn = guestbook(moderators=["ann"])
    missing = k.fails("replace", "-f", "-", stdin=inn)
    assert missing == f'Error from server (NotFound): error when replacing "STDIN": {RESOURCE} "inn" not found\n'
    k.create(guestbook(replicas=4, moderators=["bob"]))
    assert k("replace", "-f", "-", stdin=inn) == f"{NAME}/inn replaced\n"
    assert spec(k) == {"title": "The inn", "moderators": ["ann"], "replicas": 1, "theme": "light"}
    assert k("replace", "-f", "-", "--dry-run=server", stdin=guestbook(theme="dark")) == (
        f"{NAME}/inn replaced (server dry run)\n"
    )
    stale = inn | {"metadata": {"name": "inn", "resourceVersion": "1"}}
    conflict = f'Error from server (Conflict): error when replacing "STDIN": {MODIFIED}'
    assert k.fails("replace", "-f", "-", stdin=stale) == conflict
    other = inn | {"metadata": {"name": "inn", "uid": "11111111-2222-3333-4444-555555555555"}}
    assert "Precondition failed: UID in precondition: 11111111-2222" in k.fails("replace", "-f", "-", stdin=other)
    uid = k.object("gb", "inn")["metadata"]["uid"]
    assert k("replace", "--force", "-f", "-", stdin=inn) == (
        f'{NAME} "inn" deleted from {k.namespace} namespace\n{NAME}/inn replaced\n'
    )
    assert k.object("gb", "inn")["metadata"]["uid"] != uid
    state = inn | {"status": {"phase": "Open"}}
    assert k("replace", "--subresource=status", "-f", "-", stdin=state) == f"{NAME}/inn replaced\n"
    assert k.object("gb", "inn")["status"] == {"phase": "Open"}


def test_scaling(inn: Kubectl) -> None:
    scaled = f"{NAME}/inn scaled\n"
    assert inn("scale", "gb", "inn", "--replicas=3") == scaled
    assert inn("scale", "gb/inn", "--current-replicas=3", "--replicas=4") == scaled
    wrong = "error: Expected replicas to be 3, was 4\n"
    assert inn.fails("scale", "gb", "inn", "--current-replicas=3", "--replicas=5") == wrong
    stale = inn.fails("scale", "gb", "inn", "--replicas=2", "--resource-version=1")
    assert stale.startswith("error: Expected resource version to be 1, was ")
    assert inn("scale", "gb", "--all", "--replicas=0", "--dry-run=server") == f"{NAME}/inn scaled (server dry run)\n"
    assert inn("scale", "gb", "--all", "--replicas=0") == scaled
    assert spec(inn)["replicas"] == 0
    assert inn.object("gb", "inn")["metadata"]["generation"] == 4
    assert inn.fails("scale", "gb", "inn", "--replicas=500") == (
        'The Guestbook "inn" is invalid: spec.replicas: Invalid value: 500: spec.replicas in body should be less than '
        "or equal to 100\n"
    )
    missing = f'Error from server (NotFound): {RESOURCE} "missing" not found\n'
    assert inn.fails("scale", "gb", "missing", "--replicas=1") == missing
    inn("create", "-f", "-", stdin=entry())
    nothing = "Error from server (NotFound): the server could not find the requested resource\n"
    assert inn.fails("scale", "entry", "first", "--replicas=1") == nothing
    shown = json.loads(inn("get", "gb", "inn", "--subresource=scale", "-o", "json"))
    assert (shown["kind"], shown["apiVersion"], shown["spec"]) == ("Scale", "autoscaling/v1", {})
