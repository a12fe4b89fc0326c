"""Write kroute/schema/data/gotypes.json: how Go decodes and encodes the fields of the built-in kinds.

    python tools/gotypes.py CHECKOUTS > kroute/schema/data/gotypes.json

CHECKOUTS holds git directories of k8s.io/api, apimachinery, apiextensions-apiserver and kube-aggregator as
`kubernetes+NAME/repo`.  Only facts are taken: field names in their order, Go types, and the tags omitempty, omitzero.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

RELEASE = "v0.36.2"
"""The tag of the Kubernetes release whose types these are."""

STABLE = re.compile(r"v\d+")
ROOTS = {  # repository -> pattern of the directories with types, import path of the repository
    "api": (re.compile(r"^([a-z0-9]+)/(v\d+)/[^/]+\.go$"), "k8s.io/api"),
    "apimachinery": (re.compile(r"^pkg/apis/(meta)/(v1)/[^/]+\.go$"), "k8s.io/apimachinery"),
    "apiextensions-apiserver": (
        re.compile(r"^pkg/apis/(apiextensions)/(v1)/[^/]+\.go$"),
        "k8s.io/apiextensions-apiserver",
    ),
    "kube-aggregator": (re.compile(r"^pkg/apis/(apiregistration)/(v1)/[^/]+\.go$"), "k8s.io/kube-aggregator"),
}
SPECIAL = {  # import paths that are no group-version
    "k8s.io/apimachinery/pkg/api/resource": "resource",
    "k8s.io/apimachinery/pkg/util/intstr": "intstr",
    "k8s.io/apimachinery/pkg/types": "types",
    "k8s.io/apimachinery/pkg/runtime": "runtime",
    "time": "time",
}
OWN_JSON = {  # structs that read and write their own JSON: their fields mean nothing
    *(f"meta.v1.{name}" for name in ("Duration", "FieldsV1", "GroupVersion", "MicroTime", "Time")),
    *(
        f"apiextensions.v1.JSON{name}"
        for name in ("", "SchemaPropsOrArray", "SchemaPropsOrBool", "SchemaPropsOrStringArray")
    ),
}
OPAQUE = {"types.UID": "string", "types.NodeName": "string", "types.PatchType": "string"}
SKIP = ("_test.go", "zz_generated", "generated.pb.go", "swagger_doc")
BASIC = {"string", "bool", "byte", "int", "int32", "int64", "uint8", "float64", "any"}

structs: dict[str, list[tuple[str, str, str]]] = {}
named: dict[str, str] = {}


def git(repo: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", repo, *args], check=True, capture_output=True, text=True).stdout


def imports(source: str) -> dict[str, str]:
    """Local package name -> our name of the package."""
    found = {}
    for alias, path in re.findall(r'^(?:import)?\s+(?:(\w+)\s+)?"([\w./-]+)"$', source, re.MULTILINE):
        parts = path.split("/")
        known = SPECIAL.get(path) or (".".join(parts[-2:]) if STABLE.fullmatch(parts[-1]) and len(parts) > 2 else None)
        if known:
            found[alias or parts[-1]] = known
    return found


def qualify(text: str, package: str, known: dict[str, str]) -> str:
    """A Go type expression with every name made absolute; the leading pointer stays."""
    if text.startswith("*"):
        return "*" + qualify(text[1:], package, known)
    if text.startswith("[]"):
        return "[]" + qualify(text[2:], package, known)
    if entry := re.fullmatch(r"map\[(.+?)\](.+)", text):
        return f"map[{qualify(entry[1], package, known)}]{qualify(entry[2], package, known)}"
    if "." in text:
        local, _, name = text.partition(".")
        return f"{known.get(local, local)}.{name}"
    return text if text in BASIC else f"{package}.{text}"


def read(source: str, package: str) -> None:
    """Take the types of one Go file."""
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    known = imports(source)
    source = re.sub(r"//.*", "", source)
    for name in re.findall(r"^type (\w+) struct ?\{\}", source, re.MULTILINE):
        structs[f"{package}.{name}"] = []
    for name, body in re.findall(r"^type (\w+) struct \{\n(.*?)^\}", source, re.MULTILINE | re.DOTALL):
        rows = structs[f"{package}.{name}"] = []
        for line in body.splitlines():
            row = re.fullmatch(r'\s*(?:(\w+)\s+)?(\S+)\s+`(?:.* )?json:"([^"]*)".*`\s*', line)
            if row and row[3] != "-":
                tag, *options = row[3].split(",")
                flags = ("o" if "omitempty" in options else "") + ("z" if "omitzero" in options else "")
                rows.append((tag, qualify(row[2], package, known), flags))
    for name, text in re.findall(r"^type (\w+) =? ?([\w\[\].*]+)$", source, re.MULTILINE):
        if text not in ("struct", "interface", "func"):
            named[f"{package}.{name}"] = qualify(text, package, known)


def fields(name: str) -> dict[str, str]:
    """The JSON fields of a struct in order, embedded ones in their place."""
    found: dict[str, str] = {}
    for tag, text, flags in structs[name]:
        if not tag:
            found.update(fields(named.get(text, text)))
        else:
            found[tag] = f"{text},{flags}" if flags else text
    return found


def reachable(start: set[str]) -> tuple[set[str], set[str]]:
    """The structs and named types that the given structs lead to."""
    todo, seen = list(start), set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        texts = list(fields(name).values()) if name in structs else [named.get(name, "")]
        todo += [word for text in texts for word in re.findall(r"[\w.]+", text.split(",")[0]) if "." in word]
    return {name for name in seen if name in structs}, {name for name in seen if name in named}


def main() -> None:
    for repo, (pattern, _) in ROOTS.items():
        path = Path(sys.argv[1]) / f"kubernetes+{repo}" / "repo"
        for file in git(path, "ls-tree", "-r", "--name-only", RELEASE).splitlines():
            if (match := pattern.match(file)) and not any(part in file for part in SKIP):
                read(git(path, "show", f"{RELEASE}:{file}"), f"{match[1]}.{match[2]}")
    start = {name for name, rows in structs.items() if any(text.endswith(".TypeMeta") for _, text, _ in rows)}
    start |= {
        f"meta.v1.{name}"
        for name in ("ObjectMeta", "ListMeta", "Status", "DeleteOptions", "LabelSelector", "Condition")
    }
    start = {
        name for name in start if not name.endswith("List") and not name.startswith(("imagepolicy.", "admission."))
    }
    kept, aliases = reachable(start)
    result = {
        "named": {name: {**named, **OPAQUE}[name] for name in sorted(aliases | set(OPAQUE))},
        "structs": {name: fields(name) for name in sorted(kept - OWN_JSON)},
    }
    sys.stdout.write(json.dumps(result, indent=0, separators=(",", ":")) + "\n")


main()
