"""ServiceAccount: pods run as an account that exists, with its token in their containers and its pull secrets.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/serviceaccount`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kroute.admission import attributes
from kroute.machinery import errors, gvk, names, objects
from kroute.storage import lookups

PODS = gvk.GroupResource("", "pods")
DEFAULT = "default"
MIRROR = "kubernetes.io/config.mirror"
ENFORCE = "kubernetes.io/enforce-mountable-secrets"
TRUE = ("1", "t", "T", "true", "TRUE", "True")
VOLUME_PREFIX = "kube-api-access-"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_SECONDS = 3607
FILE_MODE = 0o644
SOURCES: list[Any] = [
    {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {
        "downwardAPI": {
            "items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]
        }
    },
]
CONTAINERS = ("initContainers", "containers")


class ServiceAccounts:
    operations = (attributes.Operation.CREATE, attributes.Operation.UPDATE)
    resources = (PODS,)

    def __init__(self, accounts: lookups.Lookup) -> None:
        self._accounts = accounts

    async def admit(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if not concerns(found):
            return
        assert found.obj is not None
        pod, spec = found.obj, found.obj.setdefault("spec", {})
        if is_mirror(pod):
            return
        name = spec.get("serviceAccountName") or DEFAULT
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        account = await self._account(found, name)
        automount = spec.get("automountServiceAccountToken")
        if automount is None:
            automount = account.get("automountServiceAccountToken")
        if automount is not False:
            mount_token(spec)
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [{"name": each.get("name", "")} for each in account["imagePullSecrets"]]

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if not concerns(found):
            return
        assert found.obj is not None
        spec = found.obj.get("spec") or {}
        if is_mirror(found.obj):
            for why in wrong_in_mirror(spec):
                raise refused(found, why)
            return
        account = await self._account(found, spec.get("serviceAccountName") or "")
        if (account["metadata"].get("annotations") or {}).get(ENFORCE) in TRUE:
            for why in unknown_secrets(account, spec):
                raise refused(found, why)

    async def _account(self, found: attributes.Attributes, name: str) -> objects.Object:
        account = await self._accounts.find(name, found.namespace)
        if account is None:
            why = f'serviceaccount "{name}" not found'
            raise refused(found, f"error looking up service account {found.namespace}/{name}: {why}")
        return account


def concerns(found: attributes.Attributes) -> bool:
    created = found.operation is attributes.Operation.CREATE and not found.subresource
    return found.resource.group_resource == PODS and created


def is_mirror(pod: objects.Object) -> bool:
    return MIRROR in (pod["metadata"].get("annotations") or {})


def wrong_in_mirror(spec: objects.Object) -> Iterator[str]:
    if spec.get("serviceAccountName"):
        yield "a mirror pod may not reference service accounts"
    for volume in spec.get("volumes") or ():
        if volume.get("secret") is not None:
            yield "a mirror pod may not reference secrets"
        for source in (volume.get("projected") or {}).get("sources") or ():
            if source.get("secret") is not None:
                yield "a mirror pod may not reference secrets"
            if source.get("serviceAccountToken") is not None:
                yield "a mirror pod may not use ServiceAccountToken volume projections"


def mount_token(spec: objects.Object) -> None:
    """Mount a token in every container that has nothing else in its place."""
    volumes = spec.get("volumes") or []
    name = next((each["name"] for each in volumes if is_token_volume(each)), "")
    wanted = False
    fresh = name or names.generate(VOLUME_PREFIX)
    for kind in CONTAINERS:
        for container in spec.get(kind) or ():
            mounts = container.get("volumeMounts") or []
            if any(mount.get("mountPath") == MOUNT_PATH for mount in mounts):
                continue
            wanted = True
            mount = {"name": fresh, "readOnly": True, "mountPath": MOUNT_PATH}
            container["volumeMounts"] = [*mounts, mount]
    if wanted and not name:
        volume = {"name": fresh, "projected": {"sources": objects.copy(SOURCES), "defaultMode": FILE_MODE}}
        spec["volumes"] = [*volumes, volume]


def is_token_volume(volume: objects.Object) -> bool:
    """Whether an earlier pass of this plugin made the volume."""
    sources = (volume.get("projected") or {}).get("sources")
    return volume.get("name", "").startswith(VOLUME_PREFIX) and sources == SOURCES


def unknown_secrets(account: objects.Object, spec: objects.Object) -> Iterator[str]:
    """Where a pod names secrets that its account doesn't."""
    name = account["metadata"]["name"]
    known = {each.get("name") for each in account.get("secrets") or ()}
    why = f"is not allowed because service account {name} does not reference that secret"
    for volume in spec.get("volumes") or ():
        secret = (volume.get("secret") or {}).get("secretName")
        if secret and secret not in known:
            yield f'volume with secret.secretName="{secret}" {why}'
    for kind, word in (("initContainers", "init container"), ("containers", "container")):
        for container in spec.get(kind) or ():
            yield from unknown_in_container(container, word, known, why)
    pulling = {each.get("name") for each in account.get("imagePullSecrets") or ()}
    for index, each in enumerate(spec.get("imagePullSecrets") or ()):
        if each.get("name") not in pulling:
            refused = f"is not allowed because service account {name} does not reference that imagePullSecret"
            yield f'imagePullSecrets[{index}].name="{each.get("name", "")}" {refused}'


def unknown_in_container(container: objects.Object, word: str, known: set[str | None], why: str) -> Iterator[str]:
    what = f"{word} {container['name']}"
    for variable in container.get("env") or ():
        secret = ((variable.get("valueFrom") or {}).get("secretKeyRef") or {}).get("name")
        if secret and secret not in known:
            yield f'{what} with envVar {variable["name"]} referencing secret.secretName="{secret}" {why}'
    for source in container.get("envFrom") or ():
        secret = (source.get("secretRef") or {}).get("name")
        if secret and secret not in known:
            yield f'{what} with envFrom referencing secret.secretName="{secret}" {why}'


def refused(found: attributes.Attributes, why: str) -> errors.Forbidden:
    return errors.Forbidden.of(found.resource.group_resource, found.name, why)
