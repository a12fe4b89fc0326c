"""Sources of persistent volumes, as far as they differ from those of pods' volumes.

Mirrors `pkg/apis/core/validation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import volumes, volumesources
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
Check = Callable[[Object, str], checks.Found]

ORDER = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte", "cephfs",
    "iscsi", "cinder", "fc", "flexVolume", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume",
    "azureDisk", "scaleIO", "local", "storageos", "csi",
)  # fmt: skip
"""In which order kube-apiserver looks for the source."""
SEVERAL = "may not specify more than 1 volume type"
CSI_SECRETS = (
    "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef",
)  # fmt: skip


def validate(spec: Object, volume: str, path: str, *, has_affinity: bool) -> checks.Found:
    """Exactly one source; `volume` is the name of the volume."""
    given = [kind for kind in ORDER if spec.get(kind) is not None]
    for kind in given:
        if kind != given[0] and kind != "flexVolume":
            yield fielderrors.forbidden(f"{path}.{'cephFS' if kind == 'cephfs' else kind}", SEVERAL)
            continue
        yield from validate_one(kind, spec[kind], volume, path)
        if kind == "local" and not has_affinity:
            yield fielderrors.required(f"{path}.nodeAffinity", "Local volume requires node affinity")
    if not given:
        yield fielderrors.required(path, "must specify a volume type")


def validate_one(kind: str, source: Object, volume: str, path: str) -> checks.Found:
    at = f"{path}.{kind}"
    check = CHECKS.get(kind)
    if kind == "iscsi":
        yield from validate_iscsi(source, volume, at)
    elif check is None:
        yield from volumesources.validate(kind, source, path)
    else:
        yield from checks.required_fields(source, at, *volumesources.REQUIRED.get(kind, ()))
        yield from check(source, at)


def validate_iscsi(source: Object, volume: str, path: str) -> checks.Found:
    target, initiator, name = source.get("targetPortal") or "", source.get("initiatorName"), source.get("iqn") or ""
    yield from checks.required(target, f"{path}.targetPortal")
    if initiator is not None and names.size(f"{volume}:{target}") > 64:
        yield fielderrors.invalid(f"{path}.targetportal", target, volumesources.ISCSI_LENGTH)
    yield from checks.required(name, f"{path}.iqn")
    if name:
        yield from validate_iscsi_name(name, f"{path}.iqn")
    yield from checks.in_range(source.get("lun") or 0, 0, 255, f"{path}.lun")
    secured = source.get("chapAuthDiscovery") or source.get("chapAuthSession")
    if secured and source.get("secretRef") is None:
        yield fielderrors.required(f"{path}.secretRef")
    yield from volumesources.validate_secret_name(source, path)
    if initiator is not None:
        yield from validate_iscsi_name(initiator, f"{path}.initiatorname")


def validate_iscsi_name(name: str, path: str) -> checks.Found:
    pattern = volumesources.ISCSI_NAMES.get(name[:3])
    if pattern is None or not pattern.fullmatch(name):
        yield fielderrors.invalid(path, name, "must be valid format")


def validate_local(source: Object, path: str) -> checks.Found:
    if source.get("path"):
        yield from checks.no_backsteps(source["path"], f"{path}.path")
    else:
        yield fielderrors.required(f"{path}.path")


def validate_csi(source: Object, path: str) -> checks.Found:
    yield from volumesources.validate_driver(source.get("driver") or "", f"{path}.driver")
    yield from checks.required(source.get("volumeHandle"), f"{path}.volumeHandle")
    for field in CSI_SECRETS:
        secret = source.get(field)
        if secret is not None:
            yield from checks.required_text(secret.get("name"), names.dns1123_subdomain, f"{path}.{field}.name")
            yield from checks.required_text(secret.get("namespace"), names.dns1123_label, f"{path}.{field}.namespace")


def validate_glusterfs(source: Object, path: str) -> checks.Found:
    namespace = source.get("endpointsNamespace")
    if namespace == "":
        text = "if the endpointnamespace is set, it must be a valid namespace name"
        yield fielderrors.invalid(f"{path}.endpointsNamespace", namespace, text)
    yield from checks.optional_text(namespace, names.dns1123_label, f"{path}.endpointsNamespace")


def validate_azure_file(source: Object, path: str) -> checks.Found:
    if source.get("secretNamespace") == "":
        yield fielderrors.required(f"{path}.secretNamespace")


def validate_storage_os(source: Object, path: str) -> checks.Found:
    yield from checks.required_text(source.get("volumeName"), names.dns1123_label, f"{path}.volumeName")
    yield from checks.optional_text(source.get("volumeNamespace"), names.dns1123_label, f"{path}.volumeNamespace")
    yield from validate_secret(source, path)


def validate_secret(source: Object, path: str) -> checks.Found:
    """A secret of which the namespace is named too."""
    secret = source.get("secretRef")
    if secret is not None:
        yield from checks.required_fields(secret, f"{path}.secretRef", "name", "namespace")


CHECKS: Mapping[str, Check] = {
    "azureFile": validate_azure_file,
    "cinder": validate_secret,
    "csi": validate_csi,
    "glusterfs": validate_glusterfs,
    "hostPath": volumes.validate_host_path,
    "local": validate_local,
    "storageos": validate_storage_os,
}
