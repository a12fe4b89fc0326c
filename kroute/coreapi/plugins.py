"""The admission plugins of the core API, in kube-apiserver's order, with the stores that they ask.

Mirrors `k8s.io/kubernetes/pkg/kubeapiserver/options/plugins.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kroute.admission import asking, limiting, rules
from kroute.admission.plugins import (
    always,
    always_pull_images,
    anti_affinity,
    certificates,
    external_ips,
    ingress_classes,
    limit_ranger,
    mutating_policies,
    mutating_webhooks,
    namespace_lifecycle,
    node_restriction,
    owner_references,
    pod_security,
    priority,
    resource_quota,
    runtime_classes,
    service_accounts,
    taints,
    tolerations,
    validating_policies,
    validating_webhooks,
    volumes,
)
from kroute.admission.podsecurity import configuring
from kroute.admission.policies import applying, definitions, evaluating
from kroute.admission.webhooks import hooks
from kroute.auth import authorization
from kroute.coreapi import environment, podresources, resourcenames
from kroute.coreapi.quotas import charging, registry
from kroute.machinery import context, gvk
from kroute.server import services
from kroute.storage import core, lookups
from kroute.webhook import client, resolving


class Stores:
    """Looks into the stores that are served."""

    def __init__(self, made_with: environment.Environment) -> None:
        self._cores = made_with.cores

    def __call__(self, plural: str, group: str = "") -> lookups.Lookup | None:
        at = self._cores.get(gvk.GroupResource(group, plural))
        return None if at is None else lookups.Lookup(at)


def chosen(made_with: environment.Environment) -> Iterator[Any]:
    """The plugins for the resources that are served.  Called when all stores are built."""
    for name, plugin in _first(made_with):
        if made_with.options.admission.runs(name):
            yield plugin


def last(made_with: environment.Environment) -> Iterator[Any]:
    """The plugins that have the last word, after those of the user."""
    for name, plugin in _last(made_with):
        if made_with.options.admission.runs(name):
            yield plugin


def _first(made_with: environment.Environment) -> Iterator[tuple[str, Any]]:
    store = Stores(made_with)
    yield "AlwaysAdmit", always.AlwaysAdmit()
    if (namespaces := store("namespaces")) is not None:
        yield "NamespaceLifecycle", namespace_lifecycle.NamespaceLifecycle(namespaces)
        yield "NamespaceExists", namespace_lifecycle.NamespaceExists(namespaces)
    yield "LimitPodHardAntiAffinityTopology", anti_affinity.LimitPodHardAntiAffinityTopology()
    if (ranges := store("limitranges")) is not None:
        yield "LimitRanger", limit_ranger.LimitRanger(ranges, sums=podresources.aggregate)
    if (accounts := store("serviceaccounts")) is not None:
        yield "ServiceAccount", service_accounts.ServiceAccounts(accounts)
    pods = store("pods")
    if pods is not None and (nodes := store("nodes")) is not None:
        yield "NodeRestriction", node_restriction.NodeRestriction(pods=pods, nodes=nodes)
    yield "TaintNodesByCondition", taints.TaintNodesByCondition()
    yield "AlwaysPullImages", always_pull_images.AlwaysPullImages()
    if namespaces is not None:
        standards = configuring.read(made_with.options.admission.configurations.get("PodSecurity", {}))
        yield "PodSecurity", pod_security.PodSecurity(namespaces, pods, standards)
    if (priorities := store("priorityclasses", "scheduling.k8s.io")) is not None:
        yield "Priority", priority.Priority(priorities)
    seconds = made_with.options.admission.tolerated._asdict()
    yield "DefaultTolerationSeconds", tolerations.DefaultTolerationSeconds(**seconds)
    extended = tolerations.ExtendedResourceToleration(is_extended=resourcenames.is_extended)
    yield "ExtendedResourceToleration", extended
    storage_classes = store("storageclasses", "storage.k8s.io")
    if storage_classes is not None:
        yield "DefaultStorageClass", volumes.DefaultStorageClass(storage_classes)
    yield "StorageObjectInUseProtection", volumes.StorageObjectInUseProtection()
    ask = asker(made_with.options.authorizer)
    yield "OwnerReferencesPermissionEnforcement", owner_references.OwnerReferencesPermissionEnforcement(ask)
    if storage_classes is not None:
        yield "PersistentVolumeClaimResize", volumes.PersistentVolumeClaimResize(storage_classes)
    if (runtimes := store("runtimeclasses", "node.k8s.io")) is not None:
        yield "RuntimeClass", runtime_classes.RuntimeClasses(runtimes)
    yield "CertificateApproval", certificates.CertificateApproval(ask)
    yield "CertificateSigning", certificates.CertificateSigning(ask)
    yield "ClusterTrustBundleAttest", certificates.ClusterTrustBundleAttest(ask)
    yield "CertificateSubjectRestriction", certificates.CertificateSubjectRestriction()
    if (classes := store("ingressclasses", "networking.k8s.io")) is not None:
        yield "DefaultIngressClass", ingress_classes.DefaultIngressClass(classes)
    yield "DenyServiceExternalIPs", external_ips.DenyServiceExternalIPs()


def _last(made_with: environment.Environment) -> Iterator[tuple[str, Any]]:
    calls = made_with.clients or client.Clients(resolving.ServiceResolver(services.Directory(made_with.caches)))
    namespaces, ask = Stores(made_with)("namespaces"), asker(made_with.options.authorizer)
    if (bound := _policies(made_with, "mutating")) is not None:
        policies, bindings = bound
        changing = definitions.Policies(policies, bindings, work=applying.work_of, patching=True)
        yield "MutatingAdmissionPolicy", mutating_policies.MutatingPolicies(changing, namespaces=namespaces, ask=ask)
    if (mutating := _hooks(made_with, "mutatingwebhookconfigurations")) is not None:
        yield "MutatingAdmissionWebhook", mutating_webhooks.MutatingWebhooks(mutating, calls)
    if (bound := _policies(made_with, "validating")) is not None:
        policies, bindings = bound
        refusing = definitions.Policies(policies, bindings, work=evaluating.work_of)
        plugin = validating_policies.ValidatingPolicies(refusing, namespaces=namespaces, ask=ask)
        yield "ValidatingAdmissionPolicy", plugin
    if (validating := _hooks(made_with, "validatingwebhookconfigurations")) is not None:
        yield "ValidatingAdmissionWebhook", validating_webhooks.ValidatingWebhooks(validating, calls)
    quotas = made_with.cores.get(gvk.GroupResource("", "resourcequotas"))
    if quotas is not None:
        charger = charging.Charger(quotas, made_with.owner("resourcequotas/status"))
        evaluator_of = registry.Evaluators().of
        limited = limiting.read(made_with.options.admission.configurations.get("ResourceQuota", {}))
        quota = resource_quota.ResourceQuota(
            lookups.Lookup(quotas), evaluator_of=evaluator_of, charge=charger.charge, limited=limited
        )
        yield "ResourceQuota", quota
    yield "AlwaysDeny", always.AlwaysDeny()


def _hooks(made_with: environment.Environment, plural: str) -> hooks.Hooks | None:
    """The webhooks of a resource of configurations, where it is served."""
    at = made_with.core(plural, rules.GROUP)
    if at is None:
        return None
    namespaces, ask = Stores(made_with)("namespaces"), asker(made_with.options.authorizer)
    return hooks.Hooks(at, namespaces=namespaces, ask=ask)


def _policies(made_with: environment.Environment, kind: str) -> tuple[core.Core, core.Core] | None:
    """The stores of policies and of their bindings, where both are served."""
    policies = made_with.core(f"{kind}admissionpolicies", rules.GROUP)
    bindings = made_with.core(f"{kind}admissionpolicybindings", rules.GROUP)
    return None if policies is None or bindings is None else (policies, bindings)


def asker(authorizer: authorization.Authorizer) -> asking.Ask:
    """An authorizer as plugins ask it."""

    async def ask(user: context.User, info: context.RequestInfo) -> asking.Answer:
        found = await authorizer.authorize(user, info)
        return asking.Answer(found.verdict is authorization.Verdict.ALLOW, found.reason, found.error)

    return ask
