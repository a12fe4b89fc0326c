"""Sources of volumes that drivers provide, in pods and in persistent volumes.

Most of them just need some fields; those are a table.  Mirrors `pkg/apis/core/validation`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
Check = Callable[[Object, str], checks.Found]

ORDER = (
    "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi",
    "glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc",
    "flexVolume", "configMap", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk",
    "storageos", "projected", "scaleIO", "csi", "ephemeral", "image",
)  # fmt: skip
"""In which order kube-apiserver looks for a pod's sources."""
REQUIRED = {
    "azureFile": ("secretName", "shareName"),
    "cephfs": ("monitors",),
    "cinder": ("volumeID",),
    "flexVolume": ("driver",),
    "gcePersistentDisk": ("pdName",),
    "awsElasticBlockStore": ("volumeID",),
    "glusterfs": ("endpoints", "path"),
    "nfs": ("server", "path"),
    "photonPersistentDisk": ("pdID",),
    "portworxVolume": ("volumeID",),
    "rbd": ("monitors", "image"),
    "scaleIO": ("gateway", "system", "volumeName"),
    "vsphereVolume": ("volumePath",),
}
ISCSI_NAMES = {
    "iqn": re.compile(r"iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)", re.ASCII),
    "eui": re.compile(r"eui.[A-Za-z0-9]{16}"),
    "naa": re.compile(r"naa.[A-Za-z0-9]{32}"),
}
LONGEST_DRIVER = 63
HOST_AND_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*):[^:]*")
ISCSI_LENGTH = (
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters "
    "if iscsi.initiatorName is specified."
)
MANAGED_DISK = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
BLOB_DISK = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
HOSTS = "must be a host:port pair or multiple pairs separated by commas"


def validate(kind: str, source: Object, path: str) -> checks.Found:
    """A pod's source of this kind; `path` is the volume's."""
    at = f"{path}.{'persistentDisk' if kind == 'gcePersistentDisk' else kind}"
    yield from checks.required_fields(source, at, *REQUIRED.get(kind, ()))
    check = CHECKS.get(kind)
    if check is not None:
        yield from check(source, at)


def validate_partition(source: Object, path: str) -> checks.Found:
    partition = source.get("partition") or 0
    if not 0 <= partition <= 255:
        yield fielderrors.invalid(f"{path}.partition", partition, names.range_error(1, 255))


def validate_nfs(source: Object, path: str) -> checks.Found:
    if not (source.get("path") or "").startswith("/"):
        yield fielderrors.invalid(f"{path}.path", source.get("path") or "", "must be an absolute path")


def validate_iscsi(source: Object, path: str) -> checks.Found:
    yield from checks.required(source.get("targetPortal"), f"{path}.targetPortal")
    if source.get("iqn"):
        yield from validate_iscsi_name(source["iqn"], f"{path}.iqn")
    else:
        yield fielderrors.required(f"{path}.iqn")
    yield from checks.in_range(source.get("lun") or 0, 0, 255, f"{path}.lun")
    secured = source.get("chapAuthDiscovery") or source.get("chapAuthSession")
    if secured and source.get("secretRef") is None:
        yield fielderrors.required(f"{path}.secretRef")
    initiator = source.get("initiatorName")
    if initiator is not None:
        yield from validate_iscsi_name(initiator, f"{path}.initiatorname")


def validate_iscsi_name(name: str, path: str) -> checks.Found:
    pattern = ISCSI_NAMES.get(name[:3])
    if pattern is None:
        yield fielderrors.invalid(path, name, "must be valid format starting with iqn, eui, or naa")
    elif not pattern.fullmatch(name):
        yield fielderrors.invalid(path, name, "must be valid format")


def validate_initiator_length(volume: Object, path: str) -> checks.Found:
    name = volume.get("name") or ""
    if names.size(f"{name}:{volume['iscsi'].get('targetPortal') or ''}") > 64:
        yield fielderrors.invalid(f"{path}.name", name, ISCSI_LENGTH)


def validate_fc(source: Object, path: str) -> checks.Found:
    targets, wwids, lun = source.get("targetWWNs"), source.get("wwids"), source.get("lun")
    if not targets and not wwids:
        text = "must specify either targetWWNs or wwids, but not both"
        yield fielderrors.required(f"{path}.targetWWNs", text)
    if targets and wwids:
        text = "targetWWNs and wwids can not be specified simultaneously"
        yield fielderrors.invalid(f"{path}.targetWWNs", targets, text)
    if targets and lun is None:
        yield fielderrors.required(f"{path}.lun", "lun is required if targetWWNs is specified")
    elif targets:
        yield from checks.in_range(lun, 0, 255, f"{path}.lun")


def validate_quobyte(source: Object, path: str) -> checks.Found:
    registry = source.get("registry") or ""
    if not registry:
        yield fielderrors.required(f"{path}.registry", HOSTS)
    elif names.size(source.get("tenant") or "") >= 65:
        text = "must be a UUID and may not exceed a length of 64 characters"
        yield fielderrors.required(f"{path}.tenant", text)
    else:
        for pair in registry.split(","):
            if not HOST_AND_PORT.fullmatch(pair):
                yield fielderrors.invalid(f"{path}.registry", registry, HOSTS)
    yield from checks.required(source.get("volume"), f"{path}.volume")


def validate_flocker(source: Object, path: str) -> checks.Found:
    name, uuid = source.get("datasetName") or "", source.get("datasetUUID")
    if not name and not uuid:
        yield fielderrors.required(path, "one of datasetName and datasetUUID is required")
    if name and uuid:
        text = "datasetName and datasetUUID can not be specified simultaneously"
        yield fielderrors.invalid(path, "resource", text)
    if "/" in name:
        yield fielderrors.invalid(f"{path}.datasetName", name, "must not contain '/'")


def validate_secret_name(source: Object, path: str) -> checks.Found:
    secret = source.get("secretRef")
    if secret is not None:
        yield from checks.required(secret.get("name"), f"{path}.secretRef.name")


def validate_flex_volume(source: Object, path: str) -> checks.Found:
    for key in source.get("options") or {}:
        namespace = f".{key.partition('/')[0].lower()}"
        if namespace.endswith((".kubernetes.io", ".k8s.io")):
            text = "kubernetes.io and k8s.io namespaces are reserved"
            yield fielderrors.invalid(f"{path}.options[{key}]", key, text)


def validate_azure_disk(source: Object, path: str) -> checks.Found:
    yield from checks.required_fields(source, path, "diskName", "diskURI")
    modes, kinds = ("None", "ReadOnly", "ReadWrite"), ("Dedicated", "Managed", "Shared")
    yield from checks.optional_one_of(source.get("cachingMode"), modes, f"{path}.cachingMode")
    kind, uri = source.get("kind"), source.get("diskURI") or ""
    yield from checks.optional_one_of(kind, kinds, f"{path}.kind")
    start, form = ("/subscriptions/", MANAGED_DISK) if kind == "Managed" else ("https://", BLOB_DISK)
    if kind is not None and not uri.startswith(start):
        yield fielderrors.not_supported(f"{path}.diskURI", uri, (form,))


def validate_storage_os(source: Object, path: str) -> checks.Found:
    yield from checks.required_text(source.get("volumeName"), names.dns1123_label, f"{path}.volumeName")
    yield from checks.optional_text(source.get("volumeNamespace"), names.dns1123_label, f"{path}.volumeNamespace")
    yield from validate_secret_name(source, path)


def validate_csi(source: Object, path: str) -> checks.Found:
    yield from validate_driver(source.get("driver") or "", f"{path}.driver")
    secret = source.get("nodePublishSecretRef")
    if secret is None:
        return
    if secret.get("name"):
        yield from checks.text(secret["name"], names.dns1123_subdomain, f"{path}.name")
    else:
        yield fielderrors.required(f"{path}.nodePublishSecretRef.name")


def validate_driver(name: str, path: str) -> checks.Found:
    """The name of a CSI driver: a subdomain in any case."""
    yield from checks.required(name, path)
    if names.size(name) > LONGEST_DRIVER:
        yield fielderrors.too_long(path, LONGEST_DRIVER)
    for wrong in names.dns1123_subdomain(name.lower()):
        yield fielderrors.invalid(path, name, wrong)


CHECKS: Mapping[str, Check] = {
    "awsElasticBlockStore": validate_partition,
    "azureDisk": validate_azure_disk,
    "cinder": validate_secret_name,
    "csi": validate_csi,
    "fc": validate_fc,
    "flexVolume": validate_flex_volume,
    "flocker": validate_flocker,
    "gcePersistentDisk": validate_partition,
    "iscsi": validate_iscsi,
    "nfs": validate_nfs,
    "quobyte": validate_quobyte,
    "storageos": validate_storage_os,
}
