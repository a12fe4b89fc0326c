"""kubectl apply and diff, on the client's side and on the server's."""

from __future__ import annotations

import json
from typing import Any

from tests.fixtures.guestbooks import guestbook
from tests.fixtures.kubectls import Kubectl

NAME = "guestbook.guestbook.example.org"
LAST = "kubectl.kubernetes.io/last-applied-configuration"
RESOLVE = """
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
"""


def managers(k: Kubectl, name: str = "inn") -> dict[str, Any]:
    """The fields of each manager: `manager/operation/subresource`."""
    return {
        "/".join((each["manager"], each["operation"], each.get("subresource", ""))): each["fieldsV1"]
        for each in k.object("gb", name)["metadata"]["managedFields"]
    }


def test_what_is_applied_is_created_configured_or_left(k: Kubectl) -> None:
    first = k.file(
        "first.json", guestbook(moderators=["ann", "bob"]) | {"metadata": {"name": "inn", "labels": {"a": "b"}}}
    )
    assert k("apply", "-f", first) == f"{NAME}/inn created\n"
    assert k("apply", "-f", first) == f"{NAME}/inn unchanged\n"
    found = k.object("gb", "inn")
    assert found["metadata"]["generation"] == 1
    applied = json.loads(found["metadata"]["annotations"][LAST])
    assert applied["metadata"] == {"annotations": {}, "labels": {"a": "b"}, "name": "inn", "namespace": k.namespace}
    k("patch", "gb", "inn", "--type=merge", "-p", '{"spec":{"replicas":4,"title":"changed"}}')
    second = k.file("second.json", guestbook(moderators=["ann"], theme="dark"))
    assert k("apply", "-f", second) == f"{NAME}/inn configured\n"
    found = k.object("gb", "inn")
    assert found["spec"] == {"title": "The inn", "moderators": ["ann"], "theme": "dark", "replicas": 4}
    assert "labels" not in found["metadata"]
    assert managers(k).keys() == {"kubectl-client-side-apply/Update/", "kubectl-patch/Update/"}
    assert k("apply", "-f", second, "-o", "name") == f"{NAME}/inn\n"
    assert k("apply", "view-last-applied", "gb", "inn").splitlines()[:2] == [
        "apiVersion: guestbook.example.org/v1",
        "kind: Guestbook",
    ]


def test_what_was_made_otherwise_can_be_applied_with_a_warning(k: Kubectl) -> None:
    k.create(guestbook(moderators=["ann"]))
    done = k.run("apply", "-f", "-", stdin=guestbook(moderators=["ann"], theme="dark"))
    assert (done.code, done.out) == (0, f"{NAME}/inn configured\n")
    assert done.err.startswith(
        f"Warning: resource guestbooks/inn is missing the {LAST} annotation which is required by kubectl apply."
    )


def test_mistakes_are_told(k: Kubectl) -> None:
    unknown = guestbook(weight=1)
    assert k.fails("apply", "-f", "-", stdin=unknown) == (
        'Error from server (BadRequest): error when creating "STDIN": Guestbook in version "v1" cannot be handled as a '
        'Guestbook: strict decoding error: unknown field "spec.weight"\n'
    )
    assert k.fails("apply", "-f", "-", stdin=guestbook(title="", replicas=101, theme="red")).splitlines() == [
        'The Guestbook "inn" is invalid: ',
        '* spec.title: Invalid value: "": spec.title in body should be at least 1 chars long',
        "* spec.replicas: Invalid value: 101: spec.replicas in body should be less than or equal to 100",
        '* spec.theme: Unsupported value: "red": supported values: "light", "dark"',
    ]
    old = guestbook() | {"apiVersion": "guestbook.example.org/v9"}
    assert k.fails("apply", "-f", "-", stdin=old) == (
        'error: resource mapping not found for name: "inn" namespace: "" from "STDIN": no matches for kind "Guestbook" '
        'in version "guestbook.example.org/v9"\nensure CRDs are installed first\n'
    )
    generated = guestbook() | {"metadata": {"generateName": "g-"}}
    assert k.fails("apply", "-f", "-", stdin=generated) == "error: from g-: cannot use generate name with apply\n"
    k.create(guestbook(moderators=["ann"]))
    stale = guestbook(theme="dark") | {"metadata": {"name": "inn", "resourceVersion": "1"}}
    assert k.fails("apply", "-f", "-", stdin=stale).endswith(
        'for: "STDIN": error when patching "STDIN": Operation cannot be fulfilled on guestbooks.guestbook.example.org '
        '"inn": the object has been modified; please apply your changes to the latest version and try again\n'
    )


def test_warnings_of_the_server_are_shown(k: Kubectl) -> None:
    done = k.run("apply", "-f", "-", stdin=guestbook())
    assert done.out == f"{NAME}/inn created\n"
    assert done.err == "Warning: nobody can remove entries: spec.moderators is empty\n"
    done = k.run("apply", "--validate=warn", "-f", "-", stdin=guestbook("other", moderators=["a"], weight=1))
    assert done.err == 'Warning: unknown field "spec.weight"\n'
    assert "weight" not in k.object("gb", "other")["spec"]


def test_dry_runs(k: Kubectl) -> None:
    one = k.file("one.json", guestbook(moderators=["ann"]))
    other = k.file("other.json", guestbook(moderators=["ann"], theme="dark"))
    assert k("apply", "-f", one, "--dry-run=server") == f"{NAME}/inn created (server dry run)\n"
    assert k("apply", "-f", one, "--dry-run=client") == f"{NAME}/inn created (dry run)\n"
    assert k("get", "gb", "-o", "name") == ""
    shown = k(
        "apply",
        "-f",
        one,
        "--dry-run=server",
        "-o",
        "jsonpath={.spec.theme} {.status.phase} {.metadata.resourceVersion}",
    )
    assert shown == "light New "
    k("apply", "-f", one)
    assert k("apply", "-f", one, "--dry-run=server") == f"{NAME}/inn unchanged (server dry run)\n"
    assert k("apply", "-f", other, "--dry-run=server") == f"{NAME}/inn configured (server dry run)\n"
    assert k("apply", "-f", other, "--dry-run=server", "-o", "jsonpath={.spec.theme}") == "dark"
    assert k.object("gb", "inn")["spec"]["theme"] == "light"


def changes(text: str) -> list[str]:
    """The changed lines of a diff, without file names."""
    return [line for line in text.splitlines() if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]


def test_differences(k: Kubectl) -> None:
    one = k.file("one.json", guestbook(moderators=["ann", "bob"]))
    other = k.file("other.json", guestbook(moderators=["ann"], title="The new inn"))
    new = k.run("diff", "-f", one)
    assert (
        (new.code, changes(new.out)[0]) == (1, "-null")
        if "-null" in new.out
        else (1, "+apiVersion: guestbook.example.org/v1")
    )
    k("apply", "-f", one)
    assert k("diff", "-f", one) == ""
    found = k.run("diff", "-f", other)
    assert found.code == 1
    assert changes(found.out) == [
        "-  generation: 1", "+  generation: 2", "-  - bob", "-  title: The inn", "+  title: The new inn",
    ]  # fmt: skip
    found = k.run("diff", "--server-side", "--force-conflicts", "-f", other)
    assert (found.code, "+  title: The new inn" in changes(found.out)) == (1, True)
    assert k.fails("diff", "-f", "-", stdin=guestbook(replicas=-1), code=2) == (
        'The Guestbook "inn" is invalid: \n'
        "* spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0\n"
        "* .spec.replicas: Invalid value: -1: should be a non-negative integer\n"
    )
    assert k.object("gb", "inn")["spec"]["title"] == "The inn"


def test_applying_on_the_server_makes_an_owner(k: Kubectl) -> None:
    one = k.file("one.json", guestbook(moderators=["ann"]))
    for _ in range(2):
        assert k("apply", "--server-side", "-f", one) == f"{NAME}/inn serverside-applied\n"
    assert managers(k) == {"kubectl/Apply/": {"f:spec": {"f:moderators": {'v:"ann"': {}}, "f:title": {}}}}
    found = k.object("gb", "inn")
    assert found["metadata"]["managedFields"][0]["time"]
    assert (found["metadata"]["generation"], LAST in found["metadata"].get("annotations", {})) == (1, False)


def test_what_others_own_is_a_conflict_unless_forced(k: Kubectl) -> None:
    one, other = guestbook(moderators=["ann"]), guestbook(title="mine", moderators=["bob"], theme="dark")
    k("apply", "--server-side", "-f", "-", stdin=one)
    refused = k.fails("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=other)
    assert refused == f'error: Apply failed with 1 conflict: conflict with "kubectl": .spec.title{RESOLVE}'
    forced = k("apply", "--server-side", "--force-conflicts", "--field-manager=other", "-f", "-", stdin=other)
    assert forced == f"{NAME}/inn serverside-applied\n"
    assert k.object("gb", "inn")["spec"]["moderators"] == ["ann", "bob"]
    assert managers(k) == {
        "kubectl/Apply/": {"f:spec": {"f:moderators": {'v:"ann"': {}}}},
        "other/Apply/": {"f:spec": {"f:moderators": {'v:"bob"': {}}, "f:theme": {}, "f:title": {}}},
    }
    k("patch", "gb", "inn", "--type=merge", "-p", '{"spec":{"theme":"light"}}')
    refused = k.fails("apply", "--server-side", "--field-manager=third", "-f", "-", stdin=guestbook(theme="dark"))
    assert refused == (
        'error: Apply failed with 2 conflicts: conflicts with "kubectl-patch" using guestbook.example.org/v1:\n'
        f'- .spec.theme\nconflicts with "other":\n- .spec.title{RESOLVE}'
    )
    k("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=guestbook(title="mine"))
    assert k.object("gb", "inn")["spec"]["moderators"] == ["ann"]


def test_a_scaled_object_has_its_replicas_owned_by_who_scaled(k: Kubectl) -> None:
    k("apply", "--server-side", "-f", "-", stdin=guestbook(replicas=1, moderators=["ann"]))
    k("scale", "gb", "inn", "--replicas=3")
    assert managers(k)["kubectl/Update/scale"] == {"f:spec": {"f:replicas": {}}}
    refused = k.fails("apply", "--server-side", "-f", "-", stdin=guestbook(replicas=1, moderators=["ann"]))
    assert refused.startswith(
        'error: Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using '
        "guestbook.example.org/v1: .spec.replicas\n"
    )


def test_the_status_is_applied_by_its_own_name(k: Kubectl) -> None:
    k.create(guestbook(moderators=["ann"]))
    state = {"apiVersion": "guestbook.example.org/v1", "kind": "Guestbook", "metadata": {"name": "inn"}}
    state["status"] = {"phase": "Open", "replicas": 2}
    k("apply", "--server-side", "--subresource=status", "--field-manager=ctl", "-f", "-", stdin=state)
    assert k.object("gb", "inn")["status"] == {"phase": "Open", "replicas": 2, "selector": "guestbook=inn"}
    assert managers(k)["ctl/Apply/status"] == {"f:status": {"f:phase": {}, "f:replicas": {}}}


def test_who_applied_on_the_client_can_go_on_on_the_server_and_back(k: Kubectl) -> None:
    one = k.file("one.json", guestbook(moderators=["ann"], theme="dark"))
    other = k.file("other.json", guestbook(title="new"))
    k("apply", "-f", one)
    assert k("apply", "--server-side", "-f", other) == f"{NAME}/inn serverside-applied\n"
    assert managers(k).keys() == {"kubectl/Apply/", "kubectl-last-applied/Apply/"}
    found = k.object("gb", "inn")
    assert json.loads(found["metadata"]["annotations"][LAST])["spec"] == {"title": "new"}
    assert found["spec"] == {"title": "new", "replicas": 1, "theme": "light"}
    assert k("apply", "--server-side", "-f", other) == f"{NAME}/inn serverside-applied\n"
    assert k("apply", "-f", one) == f"{NAME}/inn configured\n"
    assert k.object("gb", "inn")["spec"]["moderators"] == ["ann"]


def test_server_side_mistakes(k: Kubectl) -> None:
    def refused(obj: dict[str, Any], *flags: str) -> str:
        return k.fails("apply", "--server-side", *flags, "-f", "-", stdin=obj)

    k.create(guestbook(moderators=["ann"]))
    shown = f"({k.namespace}/inn; guestbook.example.org/v1, Kind=Guestbook)"
    typed = f"Error from server (BadRequest): failed to create typed patch object {shown}: "
    assert refused(guestbook(weight=1)) == f"{typed}.spec.weight: field not declared in schema\n"
    assert refused(guestbook(moderators=["a", "a"])) == f'{typed}.spec.moderators: duplicate entries for key [="a"]\n'
    owned = guestbook() | {"metadata": {"name": "inn", "managedFields": [{"manager": "x"}]}}
    assert refused(owned) == "Error from server (BadRequest): metadata.managedFields must be nil\n"
    assert refused(guestbook(), "--dry-run=client") == (
        "error: --dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)\n"
    )


def test_pruning_by_a_list(k: Kubectl) -> None:
    one, other = guestbook("a", moderators=["x"]), guestbook("b", moderators=["x"])
    for each in (one, other):
        each["metadata"]["labels"] = {"app": "x"}
    both, left = k.file("both.json", one, other), k.file("left.json", other)
    k("apply", "-f", both)
    kinds = "--prune-allowlist=guestbook.example.org/v1/Guestbook"
    assert k("apply", "-f", left, "--prune", "-l", "app=x", kinds).splitlines() == [
        f"{NAME}/b unchanged",
        f"{NAME}/a pruned",
    ]


def test_what_get_shows_can_be_applied_elsewhere(k: Kubectl) -> None:
    k.create(guestbook("a", moderators=["x"]), guestbook("b", moderators=["x"]))
    shown = k("get", "gb", "-o", "yaml")
    k("delete", "gb", "--all")
    assert k("apply", "-f", "-", stdin=shown) == f"{NAME}/a created\n{NAME}/b created\n"
    assert "the object has been modified" in k.fails("apply", "-f", "-", stdin=shown)
