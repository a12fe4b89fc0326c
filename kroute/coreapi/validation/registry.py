"""What the objects of each built-in kind are checked by: a line a kind, a function a family.

A kind without a line is checked by its schema alone, and its names are subdomains.
"""

from __future__ import annotations

from collections.abc import Mapping

from kroute.coreapi import semantics
from kroute.coreapi.validation import (
    attachments,
    autoscaling,
    basics,
    certificates,
    cronjobs,
    csi,
    deviceallocations,
    deviceclaims,
    deviceslices,
    endpoints,
    endpointslices,
    expressions,
    flowschemas,
    ingressclasses,
    ingresses,
    ipaddresses,
    jobs,
    jobstatus,
    networkpolicies,
    persistentclaims,
    persistentvolumes,
    poddisruptionbudgets,
    pods,
    podstatus,
    policies,
    policybindings,
    prioritylevels,
    rbac,
    runtimeclasses,
    services,
    statefulsets,
    storageclasses,
    webhooks,
    workloads,
    workloadwarnings,
)
from kroute.machinery import names


def all_checks(compiler: expressions.Compiler = expressions.UNCHECKED) -> Mapping[str, semantics.Checks]:
    """The checks by resource; the compiler is for expressions (CEL)."""
    return {
        **basics.all_checks(),
        **of_pods(),
        **of_workloads(),
        **of_jobs(),
        **of_controls(),
        **of_networking(),
        **of_storage(),
        **of_access(),
        **of_policies(compiler),
        **of_flow_control(),
        **of_devices(compiler),
    }


def of_pods() -> Mapping[str, semantics.Checks]:
    return {
        "pods": semantics.Checks(
            create=pods.validate_pod,
            update=pods.validate_pod_update,
            status_update=podstatus.validate,
            warnings=workloadwarnings.of_pod,
        ),
        "podtemplates": semantics.Checks(
            create=pods.validate_pod_template,
            update=pods.validate_pod_template_update,
            warnings=workloadwarnings.of_pod_template,
        ),
    }


def of_workloads() -> Mapping[str, semantics.Checks]:
    return {
        "deployments.apps": semantics.Checks(
            create=workloads.validate_deployment,
            update=workloads.validate_deployment,
            status_update=workloads.validate_deployment_status,
            warnings=workloadwarnings.of_replicas,
        ),
        "replicasets.apps": semantics.Checks(
            create=workloads.validate_replica_set,
            update=workloads.validate_replica_set,
            status_update=workloads.validate_replica_set_status,
            warnings=workloadwarnings.of_replicas,
        ),
        "replicationcontrollers": semantics.Checks(
            create=workloads.validate_replication_controller,
            update=workloads.validate_replication_controller,
            status_update=workloads.validate_replica_set_status,
            warnings=workloadwarnings.of_replicas,
        ),
        "daemonsets.apps": semantics.Checks(
            create=workloads.validate_daemon_set,
            update=workloads.validate_daemon_set,
            status_update=workloads.validate_daemon_set_status,
            warnings=workloadwarnings.of_template,
        ),
        "statefulsets.apps": semantics.Checks(
            create=statefulsets.validate,
            update=statefulsets.validate_update,
            status_update=statefulsets.validate_status,
            warnings=workloadwarnings.of_stateful_set,
        ),
        "controllerrevisions.apps": semantics.Checks(
            create=workloads.validate_controller_revision, update=workloads.validate_controller_revision
        ),
    }


def of_jobs() -> Mapping[str, semantics.Checks]:
    return {
        "jobs.batch": semantics.Checks(
            create=jobs.validate,
            update=jobs.validate_update,
            status_update=jobstatus.validate,
            warnings=workloadwarnings.of_job,
        ),
        "cronjobs.batch": semantics.Checks(
            create=cronjobs.validate, update=cronjobs.validate_update, warnings=workloadwarnings.of_cron_job
        ),
    }


def of_controls() -> Mapping[str, semantics.Checks]:
    """What says how many pods there are to be, or how few there may be."""
    return {
        "horizontalpodautoscalers.autoscaling": semantics.Checks(
            create=autoscaling.validate, update=autoscaling.validate, status_update=autoscaling.validate_status
        ),
        "poddisruptionbudgets.policy": semantics.Checks(
            create=poddisruptionbudgets.validate,
            update=poddisruptionbudgets.validate,
            status_update=poddisruptionbudgets.validate_status,
        ),
    }


def of_networking() -> Mapping[str, semantics.Checks]:
    """How pods are found and reached, and what they run on."""
    return {
        "services": semantics.Checks(
            name_rule=names.label_name,
            create=services.validate,
            update=services.validate_update,
            status_update=services.validate_status_update,
            warnings=services.warnings,
        ),
        "endpoints": semantics.Checks(
            create=endpoints.validate, update=endpoints.validate_update, warnings=endpoints.warnings
        ),
        "endpointslices.discovery.k8s.io": semantics.Checks(
            create=endpointslices.validate, update=endpointslices.validate_update, warnings=endpointslices.warnings
        ),
        "ingresses.networking.k8s.io": semantics.Checks(
            create=ingresses.validate,
            update=ingresses.validate_update,
            status_update=ingresses.validate_status_update,
            warnings=ingresses.warnings,
        ),
        "ingressclasses.networking.k8s.io": semantics.Checks(
            create=ingressclasses.validate, update=ingressclasses.validate_update
        ),
        "networkpolicies.networking.k8s.io": semantics.Checks(
            create=networkpolicies.validate, update=networkpolicies.validate_update, warnings=networkpolicies.warnings
        ),
        "ipaddresses.networking.k8s.io": semantics.Checks(
            name_rule=ipaddresses.address_name,
            create=ipaddresses.validate_address,
            update=ipaddresses.validate_address_update,
        ),
        "servicecidrs.networking.k8s.io": semantics.Checks(
            create=ipaddresses.validate_range, update=ipaddresses.validate_range_update
        ),
        "runtimeclasses.node.k8s.io": semantics.Checks(
            create=runtimeclasses.validate, update=runtimeclasses.validate_update, warnings=runtimeclasses.warnings
        ),
    }


def of_storage() -> Mapping[str, semantics.Checks]:
    return {
        "persistentvolumes": semantics.Checks(
            create=persistentvolumes.validate,
            update=persistentvolumes.validate_update,
            warnings=persistentvolumes.warnings,
        ),
        "persistentvolumeclaims": semantics.Checks(
            create=persistentclaims.validate,
            update=persistentclaims.validate_update,
            status_update=persistentclaims.validate_status,
            warnings=persistentclaims.warnings,
        ),
        "storageclasses.storage.k8s.io": semantics.Checks(
            create=storageclasses.validate_storage_class,
            update=storageclasses.validate_storage_class_update,
            warnings=storageclasses.warnings,
        ),
        "volumeattributesclasses.storage.k8s.io": semantics.Checks(
            create=storageclasses.validate_attributes_class, update=storageclasses.validate_attributes_class
        ),
        "volumeattachments.storage.k8s.io": semantics.Checks(
            create=attachments.validate, update=attachments.validate_update, status_update=attachments.validate_update
        ),
        "csidrivers.storage.k8s.io": semantics.Checks(create=csi.validate_driver, update=csi.validate_driver),
        "csinodes.storage.k8s.io": semantics.Checks(create=csi.validate_node, update=csi.validate_node),
        "csistoragecapacities.storage.k8s.io": semantics.Checks(
            create=csi.validate_capacity, update=csi.validate_capacity_update, warnings=csi.capacity_warnings
        ),
    }


def of_access() -> Mapping[str, semantics.Checks]:
    """Who may do what, and who gets which certificates."""
    group = "rbac.authorization.k8s.io"
    rules = {
        "roles": rbac.validate_role,
        "clusterroles": rbac.validate_cluster_role,
        "rolebindings": rbac.validate_role_binding,
        "clusterrolebindings": rbac.validate_cluster_role_binding,
    }
    return {
        "certificatesigningrequests.certificates.k8s.io": semantics.Checks(
            name_rule=certificates.name_rule,
            create=certificates.validate,
            update=certificates.validate_update,
            status_update=certificates.validate_status,
        ),
        **{
            f"{plural}.{group}": semantics.Checks(name_rule=names.path_segment_name, create=check, update=check)
            for plural, check in rules.items()
        },
    }


def of_policies(compiler: expressions.Compiler) -> Mapping[str, semantics.Checks]:
    """Webhooks, and policies that are written as expressions."""
    group = "admissionregistration.k8s.io"
    hooks, rules = webhooks.Webhooks(compiler), policies.Policies(compiler)
    of_hooks = semantics.Checks(create=hooks.validate, update=hooks.validate_update)
    return {
        f"validatingwebhookconfigurations.{group}": of_hooks,
        f"mutatingwebhookconfigurations.{group}": of_hooks,
        f"validatingadmissionpolicies.{group}": semantics.Checks(
            create=rules.validate_validating, update=rules.validate_validating, status_update=policies.validate_status
        ),
        f"mutatingadmissionpolicies.{group}": semantics.Checks(
            create=rules.validate_mutating, update=rules.validate_mutating
        ),
        f"validatingadmissionpolicybindings.{group}": semantics.Checks(
            create=policybindings.validate_validating, update=policybindings.validate_validating
        ),
        f"mutatingadmissionpolicybindings.{group}": semantics.Checks(
            create=policybindings.validate_mutating, update=policybindings.validate_mutating
        ),
    }


def of_flow_control() -> Mapping[str, semantics.Checks]:
    group = "flowcontrol.apiserver.k8s.io"
    return {
        f"flowschemas.{group}": semantics.Checks(
            create=flowschemas.validate, update=flowschemas.validate, status_update=flowschemas.validate_status
        ),
        f"prioritylevelconfigurations.{group}": semantics.Checks(
            create=prioritylevels.validate, update=prioritylevels.validate, status_update=flowschemas.validate_status
        ),
    }


def of_devices(compiler: expressions.Compiler) -> Mapping[str, semantics.Checks]:
    group = "resource.k8s.io"
    claims = deviceclaims.Claims(compiler)
    return {
        f"resourceclaims.{group}": semantics.Checks(
            create=claims.validate, update=claims.validate_update, status_update=deviceallocations.validate_status
        ),
        f"resourceclaimtemplates.{group}": semantics.Checks(
            create=claims.validate_template, update=deviceclaims.validate_template_update
        ),
        f"deviceclasses.{group}": semantics.Checks(create=claims.validate_class, update=claims.validate_class),
        f"resourceslices.{group}": semantics.Checks(create=deviceslices.validate, update=deviceslices.validate),
    }
