"""Write kroute/openapi/data/defaults.json: what fields of the built-in kinds say of their own defaults.

    python tools/defaults.py CHECKOUTS > kroute/openapi/data/defaults.json

CHECKOUTS is as for tools/gotypes.py.  Fields marked `+default=` are taken; kube-apiserver publishes them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

RELEASE = "v0.36.2"
FILE = re.compile(r"^([a-z0-9]+)/(v\d+)/types\.go$")
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r'//\s*\+default=([^\n]+)\n(?:\s*//[^\n]*\n)*[^`\n]*`[^`]*json:"(\w+)', re.MULTILINE)
REFERENCE = re.compile(r"ref\((\w+)\)")


def git(repo: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", repo, *args], check=True, capture_output=True, text=True).stdout


def value(text: str, source: str) -> Any:
    if match := REFERENCE.fullmatch(text):
        found = re.search(rf'^\s*(?:const )?{match[1]}\b[^=\n]*=\s*"([^"]*)"', source, re.MULTILINE)
        assert found, text
        return found[1]
    return json.loads(text)


def main() -> None:
    path = Path(sys.argv[1]) / "kubernetes+api" / "repo"
    found: dict[str, dict[str, Any]] = {}
    for file in git(path, "ls-tree", "-r", "--name-only", RELEASE).splitlines():
        if match := FILE.match(file):
            source = git(path, "show", f"{RELEASE}:{file}")
            for name, body in STRUCT.findall(source):
                if fields := {field: value(text.strip(), source) for text, field in FIELD.findall(body)}:
                    found[f"{match[1]}.{match[2]}.{name}"] = fields
    sys.stdout.write(json.dumps(found, indent=0, sort_keys=True) + "\n")


main()
