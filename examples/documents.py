"""Documents without serving: OpenAPI of both versions, and CRD manifests for a real cluster.

    python -m examples.documents documents

writes them all into a folder; the command line can do the same one by one:

    kroute openapi examples.guestbook:server -o openapi.json
    kroute openapi examples.guestbook:server --v2 -o swagger.json
    kroute crd examples.guestbook:server -o crds.yaml
"""

import sys
from pathlib import Path

from examples import guestbook


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_text(guestbook.server.openapi("v3"))
    (folder / "swagger.json").write_text(guestbook.server.openapi("v2"))
    (folder / "crds.yaml").write_text(guestbook.server.crds())


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
