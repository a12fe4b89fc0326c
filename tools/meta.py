"""Write kroute/schema/data/meta.json: the meta/v1 definitions, for servers without Kubernetes' own kinds.

python tools/meta.py > kroute/schema/data/meta.json        (needs kubernetes-validate)
"""

from __future__ import annotations

import json
import re
import sys
from importlib import resources

VERSION = "1.37.0"
PREFIX = "io.k8s.apimachinery.pkg."
ROOTS = [
    f"{PREFIX}apis.meta.v1.{name}"
    for name in (
        "APIGroup",
        "APIGroupList",
        "APIResourceList",
        "APIVersions",
        "DeleteOptions",
        "ListMeta",
        "ObjectMeta",
        "Patch",
        "Status",
    )
] + [
    f"{PREFIX}apis.meta.v1.WatchEvent",
    f"{PREFIX}version.Info",
    f"{PREFIX}util.intstr.IntOrString",
    "io.k8s.api.autoscaling.v1.Scale",
]
KEPT_GROUPS = ("", "meta.k8s.io")


def main() -> None:
    folder = resources.files("kubernetes_validate").joinpath("kubernetes-json-schema", f"v{VERSION}-local")
    everything = json.loads(folder.joinpath("_definitions.json").read_text())["$defs"]
    todo, found = list(ROOTS), {}
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found[name] = schema = everything[name]
        todo += re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema))
        kinds = schema.get("x-kubernetes-group-version-kind", [])
        if len(kinds) > 1:  # options and events belong to every group; the server that has the groups says so
            schema["x-kubernetes-group-version-kind"] = [entry for entry in kinds if entry["group"] in KEPT_GROUPS]
    sys.stdout.write(json.dumps(dict(sorted(found.items())), indent=0, separators=(",", ":")) + "\n")


main()
