"""Warnings about files of volumes that would be written over each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kroute.machinery import goformat

Object = Mapping[str, Any]


class File(NamedTuple):
    """A file of a volume, and what it comes from when that has to be said."""

    path: str
    source: str = ""

    def __str__(self) -> str:
        shown = goformat.quote(self.path)
        return f"{shown} ({self.source})" if self.source else shown


def of_volumes(volumes: Iterable[Object]) -> Iterator[str]:
    for volume in volumes:
        name = goformat.quote(volume.get("name") or "")
        for kind, what, field in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
            source = volume.get(kind)
            if source is not None:
                title = f"{what} {goformat.quote(source.get(field) or '')}"
                yield from warnings(name, title, items(source))
        if volume.get("downwardAPI") is not None:
            yield from warnings(name, "DownwardAPI", items(volume["downwardAPI"]))
        if volume.get("projected") is not None:
            yield from of_projected(name, volume["projected"])


def of_projected(name: str, volume: Object) -> Iterator[str]:
    files: list[File] = []
    for source in volume.get("sources") or ():
        if not any(value is not None for value in source.values()):
            yield f"volume {name} (Projected) has no sources provided"
        files += files_of(source)
    yield from warnings(name, "Projected", files)


def files_of(source: Object) -> list[File]:
    """The files that one source of a projected volume writes."""
    for kind, what in (("configMap", "ConfigMap"), ("secret", "Secret")):
        found = source.get(kind)
        if found is not None and found.get("items"):
            return items(found, f"{what} {goformat.quote(found.get('name') or '')}")
    if source.get("downwardAPI") is not None and source["downwardAPI"].get("items"):
        return items(source["downwardAPI"], "DownwardAPI")
    if source.get("serviceAccountToken") is not None:
        return [File(source["serviceAccountToken"].get("path") or "", "ServiceAccountToken")]
    bundle = source.get("clusterTrustBundle")
    if bundle is not None:
        name = bundle.get("name") if bundle.get("name") is not None else bundle.get("signerName")
        return [File(bundle.get("path") or "", f"ClusterTrustBundle {goformat.quote(name or '')}")]
    certificate = source.get("podCertificate") or {}
    kinds = {"certificateChainPath": "chain", "keyPath": "key", "credentialBundlePath": "credential bundle"}
    return [
        File(certificate[field], f"PodCertificate {what}") for field, what in kinds.items() if certificate.get(field)
    ]


def items(source: Object, title: str = "") -> list[File]:
    return [File(item.get("path") or "", title) for item in source.get("items") or ()]


def warnings(name: str, title: str, files: Iterable[File]) -> Iterator[str]:
    """One warning for each pair of files of which one is the other, or is below it."""
    seen: list[File] = []
    for file in files:
        file = file._replace(path=file.path.rstrip("/"))
        for other in seen:
            if overlap(file.path, other.path):
                yield f"volume {name} ({title}): overlapping paths: {file} with {other}"
        seen.append(file)


def overlap(one: str, other: str) -> bool:
    return bool(one and other) and (f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/"))
