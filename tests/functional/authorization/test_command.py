"""Who decides in `kroute serve`, by itself and by its flags."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures import commands

TOKENS = "alicekey,alice,2\nrootkey,root,1,system:masters\n"
POLICY = """
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy",
 "spec": {"user": "alice", "namespace": "*", "resource": "widgets", "apiGroup": "*", "readonly": true}}
"""


def until(command: commands.Command, path: str, token: str, status: int) -> None:
    """Ask until the answer has a status; the server may still be bringing its roles in."""
    for _ in range(1000):
        if command.get(path, token=token)[0] == status:
            return
    raise AssertionError(f"{path} was never answered with {status}")


def test_kubernetes_own_api_is_decided_on_by_roles(kroute_serve_command: commands.StartCommand, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.csv"
    tokens.write_text(TOKENS)
    command = kroute_serve_command("--token-auth-file", str(tokens), "--storage", "memory://", app="")
    until(command, "/api", "alicekey", 200)
    status, body = command.get("/api/v1/pods", token="alicekey")
    assert status == 403
    assert body["message"] == (
        'pods is forbidden: User "alice" cannot list resource "pods" in API group "" at the cluster scope'
    )
    assert command.get("/api/v1/pods", token="rootkey")[0] == 200
    assert command.get("/api/v1/pods", admin=True)[0] == 200
    assert command.get("/apis")[0] == 403
    assert command.get("/version")[0] == 200


def test_other_resources_are_open_to_whoever_is_known_unless_flags_say_otherwise(
    kroute_serve_command: commands.StartCommand, tmp_path: Path
) -> None:
    tokens, policies = tmp_path / "tokens.csv", tmp_path / "policies"
    tokens.write_text(TOKENS)
    policies.write_text(POLICY.replace("\n ", " "))
    flags = ["--token-auth-file", str(tokens), "--storage", "memory://"]
    widgets = "/apis/toys.example.org/v1/widgets"
    command = kroute_serve_command(*flags)
    assert command.get(widgets, token="alicekey")[0] == 200
    assert command.get("/metrics", token="alicekey")[0] == 200
    command.stop()
    flags += ["--authorization-mode", "AlwaysDeny,ABAC", "--authorization-policy-file", str(policies)]
    command = kroute_serve_command(*flags)
    assert command.get(widgets, token="alicekey")[0] == 200
    status, body = command.get("/metrics", token="alicekey")
    assert status == 403
    assert body["message"].endswith(": Everything is forbidden.\nNo policy matched.")
    assert command.get("/metrics", token="rootkey")[0] == 200
    assert command.get("/healthz")[0] == 200


def test_where_everybody_may_do_everything_nobody_is_let_in_without_credentials(
    kroute_serve_command: commands.StartCommand, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens.csv"
    tokens.write_text(TOKENS)
    flags = ["--token-auth-file", str(tokens), "--storage", "memory://", "--authorization-mode", "AlwaysAllow"]
    command = kroute_serve_command(*flags)
    widgets = "/apis/toys.example.org/v1/widgets"
    assert command.get(widgets, token="alicekey")[0] == 200
    assert command.get(widgets)[0] == 401
    assert command.get("/version")[0] == 401
