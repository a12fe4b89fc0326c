"""The admission plugins of the core API, in kube-apiserver's order, with the stores that they ask.

Mirrors `k8s.io/kubernetes/pkg/kubeapiserver/options/plugins.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kroute.admission.plugins import (
    certificates,
    namespace_lifecycle,
    priority,
    service_accounts,
    taints,
    tolerations,
    volumes,
)
from kroute.coreapi import environment
from kroute.machinery import gvk
from kroute.storage import lookups


def chosen(made_with: environment.Environment) -> Iterator[Any]:
    """The plugins for the resources that are served.  Called when all stores are built."""

    def lookup(plural: str, group: str = "") -> lookups.Lookup | None:
        at = made_with.cores.get(gvk.GroupResource(group, plural))
        return None if at is None else lookups.Lookup(at)

    namespaces, accounts = lookup("namespaces"), lookup("serviceaccounts")
    priority_classes = lookup("priorityclasses", "scheduling.k8s.io")
    storage_classes = lookup("storageclasses", "storage.k8s.io")
    if namespaces is not None:
        yield namespace_lifecycle.NamespaceLifecycle(namespaces)
    if accounts is not None:
        yield service_accounts.ServiceAccounts(accounts)
    yield taints.TaintNodesByCondition()
    if priority_classes is not None:
        yield priority.Priority(priority_classes)
    yield tolerations.DefaultTolerationSeconds()
    if storage_classes is not None:
        yield volumes.DefaultStorageClass(storage_classes)
    yield volumes.StorageObjectInUseProtection()
    yield certificates.CertificateSubjectRestriction()
