"""kubectl get, describe and watch: every form of output, selectors, chunks, changes as they happen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fixtures.guestbooks import entry, guestbook
from tests.fixtures.kubectls import Kubectl

GROUP = "guestbook.example.org"
NAME = f"guestbook.{GROUP}"


def labelled(name: str, labels: dict[str, str], **spec: Any) -> dict[str, Any]:
    return guestbook(name, moderators=["ann"], **spec) | {"metadata": {"name": name, "labels": labels}}


@pytest.fixture
def books(k: Kubectl) -> Kubectl:
    k.create(
        labelled("inn", {"town": "rye", "size": "small"}, replicas=3),
        labelled("mill", {"town": "rye"}, title="The mill", theme="dark"),
        labelled("zoo", {}, title="The zoo"),
    )
    return k


def test_tables(books: Kubectl) -> None:
    head, inn = ["NAME", "TITLE", "COPIES", "PHASE", "AGE"], ["inn", "The inn", "3", "New", "<age>"]
    mill, zoo = ["mill", "The mill", "1", "New", "<age>"], ["zoo", "The zoo", "1", "New", "<age>"]
    for form in (["guestbooks"], ["guestbook"], ["gb"], [f"guestbooks.{GROUP}"], [f"guestbooks.v1.{GROUP}"], ["all"]):
        shown = books.table("get", *form)
        assert shown[0] == head
        assert [[row[0].rpartition("/")[2], *row[1:]] for row in shown[1:]] == [inn, mill, zoo]
    assert books.table("get", "gb", "inn") == [head, inn]
    assert books.table("get", "gb", "inn", "zoo", "--no-headers") == [inn, zoo]
    assert books.table("get", "gb/inn", "guestbook/mill") == [head, inn, mill]
    assert books.table("get", "gb", "-o", "wide")[1:3] == [
        ["inn", "The inn", "3", "New", "light", "<age>"],
        ["mill", "The mill", "1", "New", "dark", "<age>"],
    ]
    assert books.table("get", "gb", "--show-labels")[1] == [*inn, "size=small,town=rye"]
    assert books.table("get", "gb", "-L", "town,missing")[:2] == [[*head, "TOWN", "MISSING"], [*inn, "rye"]]
    assert books.table("get", "gb", "--show-kind", "--no-headers")[0][0] == f"{NAME}/inn"


def test_several_kinds_at_once(books: Kubectl) -> None:
    books.create(entry("first", author="carol"))
    shown = books.table("get", "gb,entries")
    assert [row[0] for row in shown] == [
        "NAME", f"{NAME}/inn", f"{NAME}/mill", f"{NAME}/zoo", "NAME", f"entry.{GROUP}/first",
    ]  # fmt: skip
    assert shown[-2:] == [
        ["NAME", "GUESTBOOK", "AUTHOR", "AGE"],
        [f"entry.{GROUP}/first", "inn", "carol", "<age>"],
    ]
    assert books("get", "all", "-o", "name").split() == [f"{NAME}/{name}" for name in ("inn", "mill", "zoo")]


def test_yaml_and_json(books: Kubectl) -> None:
    text = books("get", "gb", "inn", "-o", "yaml")
    lines = [line for line in text.splitlines() if not line.startswith(("  creationT", "  resourceV", "  uid"))]
    assert lines == [
        "apiVersion: guestbook.example.org/v1", "kind: Guestbook", "metadata:", "  generation: 1", "  labels:",
        "    size: small", "    town: rye", "  name: inn", f"  namespace: {books.namespace}", "spec:", "  moderators:",
        "  - ann", "  replicas: 3", "  theme: light", "  title: The inn", "status:", "  phase: New", "  replicas: 0",
        "  selector: guestbook=inn",
    ]  # fmt: skip
    found = json.loads(books("get", "gb", "-o", "json", "-l", "town=rye"))
    assert (found["kind"], found["apiVersion"], found["metadata"]) == ("List", "v1", {"resourceVersion": ""})
    assert [item["metadata"]["name"] for item in found["items"]] == ["inn", "mill"]
    (entry_,) = books.object("gb", "inn")["metadata"]["managedFields"]
    assert (entry_["manager"], entry_["operation"]) == ("kubectl-create", "Update")
    assert books("get", "gb", "-l", "no=where", "-o", "yaml").split() == [
        "apiVersion:", "v1", "items:", "[]", "kind:", "List", "metadata:", "resourceVersion:", '""',
    ]  # fmt: skip
    assert books("get", "gb", "inn", "-o", "kyaml").startswith('---\n{\n  apiVersion: "guestbook.example.org/v1",\n')


def test_names_columns_and_templates(books: Kubectl) -> None:
    assert books("get", "gb", "-o", "name") == f"{NAME}/inn\n{NAME}/mill\n{NAME}/zoo\n"
    columns = "custom-columns=NAME:.metadata.name,TITLE:.spec.title,MODS:.spec.moderators[*],NONE:.spec.nope"
    assert books.table("get", "gb", "-o", columns)[:2] == [
        ["NAME", "TITLE", "MODS", "NONE"],
        ["inn", "The inn", "ann", "<none>"],
    ]
    path = 'jsonpath={range .items[*]}{.metadata.name}={.spec.replicas}{"\\n"}{end}'
    assert books("get", "gb", "-o", path) == "inn=3\nmill=1\nzoo=1\n"
    assert books("get", "gb", "-o", 'jsonpath={.items[?(@.spec.theme=="dark")].metadata.name}') == "mill"
    assert books("get", "gb", "inn", "-o", "jsonpath={.spec.nothing}") == ""
    assert books("get", "gb", "inn", "-o", "go-template={{.kind}}/{{.metadata.name}}") == "Guestbook/inn"
    assert "nothing is not found" in books.fails(
        "get", "gb", "inn", "-o", "jsonpath={.spec.nothing}", "--allow-missing-template-keys=false"
    )


def test_sorting(books: Kubectl) -> None:
    assert books("get", "gb", "--sort-by=.spec.replicas", "-o", "name").split()[-1] == f"{NAME}/inn"
    shown = books.table("get", "gb", "--sort-by={.spec.title}", "--no-headers")
    assert [row[0] for row in shown] == ["inn", "mill", "zoo"]


@pytest.mark.parametrize(
    "selector, names",
    [
        ("town=rye", "inn mill"),
        ("town==rye,size!=small", "mill"),
        ("town in (rye, deal)", "inn mill"),
        ("town notin (rye)", "zoo"),
        ("!town", "zoo"),
        ("town,size", "inn"),
    ],
)
def test_labels_select(books: Kubectl, selector: str, names: str) -> None:
    assert books("get", "gb", "-l", selector, "-o", "name").split() == [f"{NAME}/{name}" for name in names.split()]


def test_fields_select(books: Kubectl) -> None:
    def names(selector: str, *more: str) -> str:
        return books("get", "gb", "--field-selector", selector, "-o", "jsonpath={.items[*].metadata.name}", *more)

    assert names("metadata.name=mill") == "mill"
    assert names("spec.theme=light") == "inn zoo"
    assert names("spec.theme!=light,metadata.name!=inn") == "mill"
    assert names(f"metadata.namespace={books.namespace},spec.theme=light", "-A") == "inn zoo"
    assert books.table("get", "gb", "-A", "--field-selector", f"metadata.namespace={books.namespace}")[:2] == [
        ["NAMESPACE", "NAME", "TITLE", "COPIES", "PHASE", "AGE"],
        [books.namespace, "inn", "The inn", "3", "New", "<age>"],
    ]


@pytest.mark.parametrize("size", ["1", "2", "3", "500", "-1"])
def test_chunks_of_any_size_come_to_the_same(books: Kubectl, size: str) -> None:
    assert [row[0] for row in books.table("get", "gb", "--chunk-size", size)] == ["NAME", "inn", "mill", "zoo"]
    assert books("get", "gb", "--chunk-size", size, "-o", "name").split() == [
        f"{NAME}/{n}" for n in ("inn", "mill", "zoo")
    ]


def test_nothing_found(k: Kubectl) -> None:
    none = k.run("get", "gb")
    assert (none.code, none.out, none.err) == (0, "", f"No resources found in {k.namespace} namespace.\n")
    assert k("get", "gb", "missing", "--ignore-not-found") == ""


def test_mistakes(books: Kubectl) -> None:
    for command, text in [
        (["gb", "missing"], 'Error from server (NotFound): guestbooks.guestbook.example.org "missing" not found\n'),
        (["gb", "UPPER"], 'Error from server (NotFound): guestbooks.guestbook.example.org "UPPER" not found\n'),
        (["gb", "inn", "--subresource=wheels"], "Error from server (NotFound): the server could not find the "),
        (["gb", "-l", "a=("], 'Error from server (BadRequest): Unable to find "guestbook.example.org/v1, '
         'Resource=guestbooks" that match label selector "a=(", field selector "": unable to parse requirement: '
         "found '(', expected: identifier\n"),
        (["gb", "--field-selector", "spec.title=x"], 'Error from server (BadRequest): Unable to find '
         '"guestbook.example.org/v1, Resource=guestbooks" that match label selector "", field selector '
         '"spec.title=x": field label not supported: spec.title\n'),
        (["gb", "inn", "-A"], "error: a resource cannot be retrieved by name across all namespaces\n"),
    ]:  # fmt: skip
        assert books.fails("get", *command).startswith(text)
    partly = books.run("get", "gb", "inn", "missing", "-o", "name")
    assert (partly.code, partly.out) == (1, f"{NAME}/inn\n")


def test_describing(books: Kubectl) -> None:
    shown = books.table("describe", "gb", "inn")
    assert shown[:7] == [
        ["Name:", "inn"],
        ["Namespace:", books.namespace],
        ["Labels:", "size=small"],
        ["town=rye"],
        ["Annotations:", "<none>"],
        ["API Version:", "guestbook.example.org/v1"],
        ["Kind:", "Guestbook"],
    ]
    assert shown[12:17] == [["Spec:"], ["Moderators:"], ["ann"], ["Replicas:", "3"], ["Theme:", "light"]]
    assert ["Phase:", "New"] in shown
    assert shown[-1] == ["Events:", "<none>"]
    assert books("describe", "gb").count("API Version:  guestbook.example.org/v1") == 3
    assert books("describe", "gb", "-l", "size").count("Name:  ") == 1
    missing = 'Error from server (NotFound): guestbooks.guestbook.example.org "missing" not found\n'
    assert books.fails("describe", "gb", "missing") == missing


def test_changes_show_as_they_happen(books: Kubectl) -> None:
    with books.background("get", "gb", "-w", "-l", "town=rye") as lines:
        assert lines.next(3)[1:] == [
            ["inn", "The inn", "3", "New", "<age>"],
            ["mill", "The mill", "1", "New", "<age>"],
        ]
        books("patch", "gb", "mill", "--type=merge", "-p", '{"spec":{"replicas":2}}')
        assert lines.next() == [["mill", "The mill", "2", "New", "<age>"]]
        books("label", "gb", "zoo", "town=rye")
        assert lines.next() == [["zoo", "The zoo", "1", "New", "<age>"]]
        books("delete", "gb", "inn")
        assert lines.next() == [["inn", "The inn", "3", "New", "<age>"]]


def test_the_kinds_of_changes_can_be_told(books: Kubectl) -> None:
    with books.background("get", "gb", "-w", "--output-watch-events") as lines:
        assert [row[:2] for row in lines.next(4)][1:] == [["ADDED", "inn"], ["ADDED", "mill"], ["ADDED", "zoo"]]
        books("annotate", "gb", "inn", "a=b")
        books("delete", "gb", "inn")
        assert [row[:2] for row in lines.next(2)] == [["MODIFIED", "inn"], ["DELETED", "inn"]]
    with books.background("get", "gb", "zoo", "-w", "-o", "name") as lines:
        assert lines.next() == [[f"{NAME}/zoo"]]
        books("annotate", "gb", "zoo", "a=b")
        assert lines.next() == [[f"{NAME}/zoo"]]
    with books.background("get", "gb", "--watch-only", "-o", 'jsonpath={.metadata.name}{"\\n"}') as lines:
        # what is printed depends on when the watch began; that it prints only what comes later does not
        books("annotate", "gb", "mill", "--overwrite", "a=1")
        while True:
            books("annotate", "gb", "mill", "--overwrite", f"a={id(object())}")
            if lines.next() == [["mill"]]:
                break
