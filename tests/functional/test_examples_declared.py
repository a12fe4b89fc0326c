"""The examples of declared resources do what their docstrings say, with the real kubectl."""

from __future__ import annotations

import json

import pytest

from examples import guestbook, plain, toys, versions
from tests.tools import sessions

GUESTBOOK = "kubectl --kubeconfig .kroute/kubeconfig"
PLAIN = "kubectl -s http://127.0.0.1:8080"


def test_toys_serve_widgets_over_plain_http(session: sessions.Session) -> None:
    assert toys.__doc__ is not None
    assert "python toys.py, then kubectl -s http://127.0.0.1:8080 get widgets." in toys.__doc__
    session.copy_file("examples/toys.py", "toys.py")
    served = session.start("python toys.py")
    assert served.ready == "kubectl --kubeconfig .kroute/kubeconfig get widgets"
    assert session.run(f"{PLAIN} get widgets").output == "No resources found in default namespace.\n"
    session.run(f"{PLAIN} apply -f examples/widgets.yaml")
    found = session.run(f"{PLAIN} get widgets").output
    assert sessions.same("NAME SIZE\nbig 30\nsmall 3", found)
    assert session.run(served.ready).output == found
    refused = session.run(f"{PLAIN} patch widget big --type merge -p " + """'{"spec": {"size": 0}}'""")
    assert refused.code == 1
    assert "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1" in refused.output


def test_guestbook(session: sessions.Session) -> None:
    applied, shown, scaled, entries = session.play(guestbook)
    assert applied.output == (
        "guestbook.guestbook.example.org/inn created\nentry.guestbook.example.org/first created\n"
    )
    assert sessions.same(
        """
        NAME                                  TITLE     COPIES   PHASE   AGE
        guestbook.guestbook.example.org/inn   The inn   1        New     0s

        NAME                                GUESTBOOK   AUTHOR   AGE
        entry.guestbook.example.org/first   inn         carol    0s
        """,
        shown.output,
    )
    assert scaled.output == "guestbook.guestbook.example.org/inn scaled\n"
    assert sessions.same(
        """
        NAME    GUESTBOOK   AUTHOR   MESSAGE              AGE
        first   inn         carol    The soup was good.   0s
        """,
        entries.output,
    )


def test_guestbooks_strategies_set_refuse_and_warn(session: sessions.Session) -> None:
    session.do(sessions.commands(guestbook.__doc__ or "")[0])
    session.write(
        "lax.yaml",
        """
apiVersion: guestbook.example.org/v1
kind: Guestbook
metadata: {name: lax}
spec: {title: Lax}
status: {phase: Closed}
---
apiVersion: guestbook.example.org/v1
kind: Entry
metadata: {name: unsigned}
spec: {guestbook: lax, message: Hello}
---
apiVersion: guestbook.example.org/v1
kind: Entry
metadata: {name: spam}
spec: {guestbook: lax, message: "see http://spam.example.org"}
""",
    )
    applied = session.run(f"{GUESTBOOK} create -f lax.yaml")
    assert "Warning: nobody can remove entries: spec.moderators is empty\n" in applied.output
    assert (
        'The Entry "spam" is invalid: spec.message: Invalid value: "see http://spam.example.org": must not have links'
        in applied.output
    )
    book = json.loads(session.run(f"{GUESTBOOK} get gb lax -o json").output)
    assert book["status"] == {"phase": "New", "replicas": 0, "selector": "guestbook=lax"}
    author = session.run(f"{GUESTBOOK} get entry unsigned -o jsonpath='{{.spec.author}}'")
    assert author.output == "kubernetes-admin"
    rewritten = session.run(f"{GUESTBOOK} patch entry unsigned --type merge -p " + """'{"spec":{"message":"Bye"}}'""")
    assert "spec: Forbidden: an entry can't be rewritten" in rewritten.output


def test_plain_schema(session: sessions.Session) -> None:
    applied, shown, explained = session.play(plain)
    assert applied.output == "planet.sky.example.org/mars created\n"
    assert sessions.same("NAME RADIUS MOONS\nmars 3389.5 phobos", shown.output)
    assert "What goes round it." in explained.output
    assert "In kilometres." in explained.output


def test_versions(session: sessions.Session) -> None:
    applied, new, old = session.play(versions)
    warning = "Warning: kitchen.example.org/v1beta1 Oven is deprecated; use v1\n"
    assert applied.output == f"oven.kitchen.example.org/new created\n{warning}oven.kitchen.example.org/old created\n"
    assert [line.strip() for line in new.output.splitlines() if "celsius:" in line] == ["celsius: 200", "celsius: 180"]
    assert [line.strip() for line in old.output.splitlines() if "temperature:" in line] == [
        "temperature: 200C",
        "temperature: 180C",
    ]
    assert old.output.startswith(warning)


@pytest.mark.parametrize("module", [toys, guestbook, plain, versions], ids=lambda module: module.__name__)
def test_what_is_declared_can_be_served_and_documented(module: object) -> None:
    server = module.server  # type: ignore[attr-defined]
    assert json.loads(server.openapi("v3"))["openapi"].startswith("3.0")
    assert "kind: CustomResourceDefinition" in server.crds()
