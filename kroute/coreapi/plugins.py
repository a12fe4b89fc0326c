"""The admission plugins of the core API, in kube-apiserver's order, with the stores that they ask.

Mirrors `k8s.io/kubernetes/pkg/kubeapiserver/options/plugins.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kroute.admission.plugins import (
    certificates,
    ingress_classes,
    limit_ranger,
    namespace_lifecycle,
    priority,
    resource_quota,
    runtime_classes,
    service_accounts,
    taints,
    tolerations,
    volumes,
)
from kroute.coreapi import environment, podresources
from kroute.coreapi.quotas import charging, registry
from kroute.machinery import gvk
from kroute.storage import lookups


class Stores:
    """Looks into the stores that are served."""

    def __init__(self, made_with: environment.Environment) -> None:
        self._cores = made_with.cores

    def __call__(self, plural: str, group: str = "") -> lookups.Lookup | None:
        at = self._cores.get(gvk.GroupResource(group, plural))
        return None if at is None else lookups.Lookup(at)


def chosen(made_with: environment.Environment) -> Iterator[Any]:
    """The plugins for the resources that are served.  Called when all stores are built."""
    store = Stores(made_with)
    if (namespaces := store("namespaces")) is not None:
        yield namespace_lifecycle.NamespaceLifecycle(namespaces)
    if (ranges := store("limitranges")) is not None:
        yield limit_ranger.LimitRanger(ranges, sums=podresources.aggregate)
    if (accounts := store("serviceaccounts")) is not None:
        yield service_accounts.ServiceAccounts(accounts)
    yield taints.TaintNodesByCondition()
    if (priorities := store("priorityclasses", "scheduling.k8s.io")) is not None:
        yield priority.Priority(priorities)
    yield tolerations.DefaultTolerationSeconds()
    if (storage_classes := store("storageclasses", "storage.k8s.io")) is not None:
        yield volumes.DefaultStorageClass(storage_classes)
        yield volumes.PersistentVolumeClaimResize(storage_classes)
    yield volumes.StorageObjectInUseProtection()
    if (runtimes := store("runtimeclasses", "node.k8s.io")) is not None:
        yield runtime_classes.RuntimeClasses(runtimes)
    yield certificates.CertificateSubjectRestriction()
    if (classes := store("ingressclasses", "networking.k8s.io")) is not None:
        yield ingress_classes.DefaultIngressClass(classes)


def last(made_with: environment.Environment) -> Iterator[Any]:
    """The plugins that have the last word, after those of the user."""
    quotas = made_with.cores.get(gvk.GroupResource("", "resourcequotas"))
    if quotas is None:
        return
    charger = charging.Charger(quotas, made_with.owner("resourcequotas/status"))
    evaluators = registry.Evaluators()
    yield resource_quota.ResourceQuota(lookups.Lookup(quotas), evaluator_of=evaluators.of, charge=charger.charge)
