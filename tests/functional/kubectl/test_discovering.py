"""kubectl finds out what there is: resources, versions, what fields mean, and what this server hasn't got."""

from __future__ import annotations

import json
import re

from tests.fixtures.guestbooks import guestbook
from tests.fixtures.kubectls import Kubectl

VERBS = "delete,deletecollection,get,list,patch,create,update,watch"
HEAD = ["GROUP:      guestbook.example.org", "KIND:       Guestbook", "VERSION:    v1"]


def explained(k: Kubectl, *arguments: str) -> list[str]:
    """The lines that `explain` prints without those that are empty."""
    return [line.rstrip() for line in k("explain", *arguments).replace("\t", "  ").splitlines() if line.strip()]


def test_api_versions(k: Kubectl) -> None:
    assert k("api-versions") == "guestbook.example.org/v1\nv1\n"  # v1 has no resources, but Lists are of it


def test_api_resources(k: Kubectl) -> None:
    assert k.table("api-resources", "-o", "wide") == [
        ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", "VERBS", "CATEGORIES"],
        ["entries", "guestbook.example.org/v1", "true", "Entry", VERBS],
        ["guestbooks", "gb", "guestbook.example.org/v1", "true", "Guestbook", VERBS, "all"],
    ]
    assert k("api-resources", "-o", "name") == "entries.guestbook.example.org\nguestbooks.guestbook.example.org\n"
    assert k("api-resources", "--categories=all", "--no-headers", "-o", "name").split() == [
        "guestbooks.guestbook.example.org"
    ]
    assert k("api-resources", "--namespaced=false", "-o", "name") == ""
    assert k("api-resources", "--api-group=nosuch.example.org", "-o", "name") == ""
    assert k("api-resources", "--verbs=create,impersonate", "-o", "name") == ""


def test_explain_a_kind(k: Kubectl) -> None:
    found = explained(k, "guestbook")
    assert found[:5] == [*HEAD, "DESCRIPTION:", "    A book that guests write into."]
    assert found[5:7] == ["FIELDS:", "  apiVersion  <string>"]
    assert found[-4:] == ["  spec  <Object> -required-", "    What is wanted.", "  status  <Object>", "    What is."]
    assert "  metadata  <ObjectMeta>" in found


def test_explain_recursively(k: Kubectl) -> None:
    found = explained(k, "guestbooks", "--recursive")
    assert found[found.index("  spec  <Object> -required-") :] == [
        "  spec  <Object> -required-",
        "    moderators  <[]string>",
        "    replicas  <integer>",
        "    theme  <string>",
        "    enum: light, dark",
        "    title  <string> -required-",
        "  status  <Object>",
        "    phase  <string>",
        "    enum: New, Open, Closed",
        "    replicas  <integer>",
        "    selector  <string>",
    ]
    assert found[found.index("    ownerReferences  <[]OwnerReference>") + 1] == "      apiVersion  <string> -required-"


def test_explain_fields(k: Kubectl) -> None:
    assert explained(k, "gb.spec") == [
        *HEAD, "FIELD: spec <Object>", "DESCRIPTION:", "    What is wanted.", "FIELDS:",
        "  moderators  <[]string>", "    Who may remove entries.",
        "  replicas  <integer>", "    How many copies lie open.",
        "  theme  <string>", "  enum: light, dark", "    How it looks.",
        "  title  <string> -required-", "    What stands on the cover.",
    ]  # fmt: skip
    assert explained(k, "gb.spec.theme") == [
        *HEAD, "FIELD: theme <string>", "ENUM:", "    light", "    dark", "DESCRIPTION:", "    How it looks.",
    ]  # fmt: skip
    assert explained(k, "gb.spec.title")[-1] == "    What stands on the cover."
    assert explained(k, "gb.metadata.labels")[3] == "FIELD: labels <map[string]string>"
    assert explained(k, "entry.spec.message", "--api-version=guestbook.example.org/v1")[3] == "FIELD: message <string>"


def test_explain_from_the_older_document(k: Kubectl) -> None:
    found = explained(k, "guestbook.spec", "-o", "plaintext-openapiv2")
    assert found[:3] == ["KIND:     Guestbook", "VERSION:  guestbook.example.org/v1", "RESOURCE: spec <Object>"]
    assert "   title  <string> -required-" in found
    assert explained(k, "guestbook.spec.title", "-o", "plaintext-openapiv2")[-1].strip() == "What stands on the cover."


def test_explain_what_there_is_not(k: Kubectl) -> None:
    assert k.fails("explain", "guestbooks.spec.weight") == 'error: field "weight" does not exist\n'
    assert k.fails("explain", "unicorns") == 'the server doesn\'t have a resource type "unicorns"\n'
    wrong = k.fails("explain", "guestbooks", "--api-version=guestbook.example.org/v9")
    assert wrong == 'error: couldn\'t find resource for "guestbook.example.org/v9, Resource=guestbooks"\n'


def test_raw_paths(k: Kubectl) -> None:
    assert k("get", "--raw", "/healthz") == "ok"
    assert k("get", "--raw", "/readyz/ping") == "ok"
    assert json.loads(k("get", "--raw", "/apis/guestbook.example.org")) == {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": "guestbook.example.org",
        "versions": [{"groupVersion": "guestbook.example.org/v1", "version": "v1"}],
        "preferredVersion": {"groupVersion": "guestbook.example.org/v1", "version": "v1"},
    }
    assert "/apis/guestbook.example.org/v1" in json.loads(k("get", "--raw", "/"))["paths"]
    assert json.loads(k("get", "--raw", f"{k.book.items}?labelSelector=a%3Db"))["items"] == []
    missing = k.fails("get", "--raw", f"{k.book.items}/missing")
    assert missing == 'Error from server (NotFound): guestbooks.guestbook.example.org "missing" not found\n'
    nowhere = "Error from server (NotFound): the server could not find the requested resource\n"
    assert k.fails("get", "--raw", "/nowhere") == nowhere
    bad = k.fails("get", "--raw", f"{k.book.items}?limit=abc")
    assert bad == 'Error from server (BadRequest): strconv.ParseInt: parsing "abc": invalid syntax\n'


def test_raw_writes(k: Kubectl) -> None:
    body = guestbook("raw", moderators=["ann"])
    made = json.loads(k("create", "--raw", k.book.items, "-f", "-", stdin=body))
    assert made["metadata"]["name"] == "raw"
    body["spec"]["title"] = "y"
    where = f"{k.book.items}/raw"
    body["metadata"]["resourceVersion"] = made["metadata"]["resourceVersion"]
    assert json.loads(k("replace", "--raw", where, "-f", "-", stdin=body))["spec"]["title"] == "y"
    gone = json.loads(k("delete", "--raw", where))
    details = {"name": "raw", "group": "guestbook.example.org", "kind": "guestbooks", "uid": made["metadata"]["uid"]}
    assert (gone["status"], gone["details"]) == ("Success", details)


def test_versions(k: Kubectl) -> None:
    found = json.loads(k("version", "-o", "json"))
    assert re.fullmatch(r"v1\.[0-9]+\.[0-9]+\+kroute\.[0-9.]+", found["serverVersion"]["gitVersion"])


def test_what_this_server_has_not_is_said_the_usual_way(k: Kubectl) -> None:
    assert k.fails("get", "pods") == 'error: the server doesn\'t have a resource type "pods"\n'
    assert k.fails("get", "unicorns.example.com") == (
        'error: the server doesn\'t have a resource type "unicorns" in group "example.com"\n'
    )
    assert k.fails("auth", "whoami") == "error: the selfsubjectreviews API is not enabled in the cluster\n"
    assert k.fails("auth", "can-i", "get", "gb").startswith(
        "Error from server (NotFound): the server could not find the requested resource"
    )
    assert k.fails("events").startswith('Error from server (NotFound): Unable to list "events": ')
    assert k.fails("top", "nodes") == "error: Metrics API not available\n"
    no_kind = 'error: no kind "Guestbook" is registered for version "guestbook.example.org/v1" in scheme'
    k.create(guestbook("a"))
    assert k.fails("expose", "gb", "a", "--port=80").startswith(no_kind)
    assert k.fails("rollout", "status", "gb/a").startswith(no_kind)
