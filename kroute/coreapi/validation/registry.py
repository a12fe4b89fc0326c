"""What the objects of each built-in kind are checked by: a line a kind, a function a family.

A kind without a line is checked by its schema alone, and its names are subdomains.
"""

from __future__ import annotations

from collections.abc import Mapping

from kroute.coreapi.strategies import base
from kroute.coreapi.validation import (
    autoscaling,
    cronjobs,
    endpoints,
    endpointslices,
    ingressclasses,
    ingresses,
    ipaddresses,
    jobs,
    jobstatus,
    networkpolicies,
    poddisruptionbudgets,
    pods,
    podstatus,
    runtimeclasses,
    services,
    statefulsets,
    workloads,
    workloadwarnings,
)
from kroute.machinery import names


def all_checks() -> Mapping[str, base.Checks]:
    """The checks by resource."""
    return {**of_pods(), **of_workloads(), **of_jobs(), **of_controls(), **of_networking()}


def of_pods() -> Mapping[str, base.Checks]:
    return {
        "pods": base.Checks(
            create=pods.validate_pod,
            update=pods.validate_pod_update,
            status_update=podstatus.validate,
            warnings=workloadwarnings.of_pod,
        ),
        "podtemplates": base.Checks(
            create=pods.validate_pod_template,
            update=pods.validate_pod_template_update,
            warnings=workloadwarnings.of_pod_template,
        ),
    }


def of_workloads() -> Mapping[str, base.Checks]:
    return {
        "deployments.apps": base.Checks(
            create=workloads.validate_deployment,
            update=workloads.validate_deployment,
            status_update=workloads.validate_deployment_status,
            warnings=workloadwarnings.of_replicas,
        ),
        "replicasets.apps": base.Checks(
            create=workloads.validate_replica_set,
            update=workloads.validate_replica_set,
            status_update=workloads.validate_replica_set_status,
            warnings=workloadwarnings.of_replicas,
        ),
        "replicationcontrollers": base.Checks(
            create=workloads.validate_replication_controller,
            update=workloads.validate_replication_controller,
            status_update=workloads.validate_replica_set_status,
            warnings=workloadwarnings.of_replicas,
        ),
        "daemonsets.apps": base.Checks(
            create=workloads.validate_daemon_set,
            update=workloads.validate_daemon_set,
            status_update=workloads.validate_daemon_set_status,
            warnings=workloadwarnings.of_template,
        ),
        "statefulsets.apps": base.Checks(
            create=statefulsets.validate,
            update=statefulsets.validate_update,
            status_update=statefulsets.validate_status,
            warnings=workloadwarnings.of_stateful_set,
        ),
        "controllerrevisions.apps": base.Checks(
            create=workloads.validate_controller_revision, update=workloads.validate_controller_revision
        ),
    }


def of_jobs() -> Mapping[str, base.Checks]:
    return {
        "jobs.batch": base.Checks(
            create=jobs.validate,
            update=jobs.validate_update,
            status_update=jobstatus.validate,
            warnings=workloadwarnings.of_job,
        ),
        "cronjobs.batch": base.Checks(
            create=cronjobs.validate, update=cronjobs.validate_update, warnings=workloadwarnings.of_cron_job
        ),
    }


def of_controls() -> Mapping[str, base.Checks]:
    """What says how many pods there are to be, or how few there may be."""
    return {
        "horizontalpodautoscalers.autoscaling": base.Checks(
            create=autoscaling.validate, update=autoscaling.validate, status_update=autoscaling.validate_status
        ),
        "poddisruptionbudgets.policy": base.Checks(
            create=poddisruptionbudgets.validate,
            update=poddisruptionbudgets.validate,
            status_update=poddisruptionbudgets.validate_status,
        ),
    }


def of_networking() -> Mapping[str, base.Checks]:
    """How pods are found and reached, and what they run on."""
    return {
        "services": base.Checks(
            name_rule=names.label_name,
            create=services.validate,
            update=services.validate_update,
            status_update=services.validate_status_update,
            warnings=services.warnings,
        ),
        "endpoints": base.Checks(
            create=endpoints.validate, update=endpoints.validate_update, warnings=endpoints.warnings
        ),
        "endpointslices.discovery.k8s.io": base.Checks(
            create=endpointslices.validate, update=endpointslices.validate_update, warnings=endpointslices.warnings
        ),
        "ingresses.networking.k8s.io": base.Checks(
            create=ingresses.validate,
            update=ingresses.validate_update,
            status_update=ingresses.validate_status_update,
            warnings=ingresses.warnings,
        ),
        "ingressclasses.networking.k8s.io": base.Checks(
            create=ingressclasses.validate, update=ingressclasses.validate_update
        ),
        "networkpolicies.networking.k8s.io": base.Checks(
            create=networkpolicies.validate, update=networkpolicies.validate_update, warnings=networkpolicies.warnings
        ),
        "ipaddresses.networking.k8s.io": base.Checks(
            name_rule=ipaddresses.address_name,
            create=ipaddresses.validate_address,
            update=ipaddresses.validate_address_update,
        ),
        "servicecidrs.networking.k8s.io": base.Checks(
            create=ipaddresses.validate_range, update=ipaddresses.validate_range_update
        ),
        "runtimeclasses.node.k8s.io": base.Checks(
            create=runtimeclasses.validate, update=runtimeclasses.validate_update, warnings=runtimeclasses.warnings
        ),
    }
