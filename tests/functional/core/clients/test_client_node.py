"""@kubernetes/client-node, the JavaScript client: typed objects, objects of any kind, an informer."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from kroute import app
from tests.fixtures import guestbooks
from tests.fixtures.node import Node

SCRIPT = Path(__file__).with_name("client_node.mjs")


def test_the_javascript_client(node: Node, core_server: app.Running, namespace: str) -> None:
    command = [node.program, str(SCRIPT), str(node.folder), str(core_server.kubeconfig), namespace]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=4 * guestbooks.PATIENCE)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "patched": {"k": "w"},
        "defaults": [1, "RollingUpdate"],
        "created": True,
        "scaled": 3,
        "replaced": True,
        "applied": {"by": "node"},
        "listed": 1,
        "missing": [404, 'configmaps "none" not found'],
        "invalid": [422, "Invalid"],
        "version": "1",
    }
