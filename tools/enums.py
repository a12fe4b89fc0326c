"""Write kroute/openapi/data/enums.json: the values of enumerated types of the built-in kinds, and what each means.

    python tools/enums.py CHECKOUTS > kroute/openapi/data/enums.json

CHECKOUTS is as for tools/gotypes.py.  Types marked `+enum` are taken, with the comments of their constants, which
kube-apiserver publishes in its OpenAPI documents.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

RELEASE = "v0.36.2"
ROOTS = {
    "api": re.compile(r"^([a-z0-9]+)/(v\d+)/[^/]+\.go$"),
    "apimachinery": re.compile(r"^pkg/apis/(meta)/(v1)/[^/]+\.go$"),
    "apiextensions-apiserver": re.compile(r"^pkg/apis/(apiextensions)/(v1)/[^/]+\.go$"),
    "kube-aggregator": re.compile(r"^pkg/apis/(apiregistration)/(v1)/[^/]+\.go$"),
}
SKIP = ("_test.go", "zz_generated", "generated.pb.go", "swagger_doc")
MARKED = re.compile(r"((?:^//[^\n]*\n)+)^type (\w+) string$", re.MULTILINE)
MARK = re.compile(r"^// ?\+enum\s*$", re.MULTILINE)
CONSTANT = re.compile(r'((?:^\t//[^\n]*\n)*)^\t(\w+)\s+(\w+)\s*=\s*"([^"]*)"', re.MULTILINE)
CONVERTED = re.compile(r'((?:^\t//[^\n]*\n)*)^\t(\w+)\s*=\s*(\w+)\("([^"]*)"\)', re.MULTILINE)
ALONE = re.compile(r'((?:^//[^\n]*\n)*)^const (\w+)\s+(\w+)\s*=\s*"([^"]*)"', re.MULTILINE)


def git(repo: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", repo, *args], check=True, capture_output=True, text=True).stdout


def meaning(comment: str, name: str) -> str:
    """A constant's comment as one line, without its name at the beginning and without marks for generators."""
    lines = [line.strip().removeprefix("//").strip() for line in comment.splitlines()]
    text = " ".join(line for line in lines if line and not line.startswith("+")).strip()
    return re.sub(r"\s+", " ", text.removeprefix(name).strip())


def main() -> None:
    marked: set[str] = set()
    values: dict[str, dict[str, str]] = {}
    for repo, pattern in ROOTS.items():
        path = Path(sys.argv[1]) / f"kubernetes+{repo}" / "repo"
        for file in git(path, "ls-tree", "-r", "--name-only", RELEASE).splitlines():
            match = pattern.match(file)
            if not match or any(part in file for part in SKIP):
                continue
            source, package = git(path, "show", f"{RELEASE}:{file}"), f"{match[1]}.{match[2]}"
            marked |= {f"{package}.{name}" for comment, name in MARKED.findall(source) if MARK.search(comment)}
            for comment, name, kind, value in (
                CONSTANT.findall(source) + CONVERTED.findall(source) + ALONE.findall(source)
            ):
                values.setdefault(f"{package}.{kind}", {})[value] = meaning(comment, name)
    found = {name: dict(sorted(values[name].items())) for name in sorted(marked & values.keys())}
    sys.stdout.write(json.dumps(found, indent=0, ensure_ascii=False) + "\n")


main()
