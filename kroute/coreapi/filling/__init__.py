"""Defaults that depend on other fields: one function a definition, each changes its object in place.

Also here are effects that conversion to Kubernetes' internal types has on what clients see: fields with two names,
annotations that became fields, plain texts of secrets.
"""

from __future__ import annotations

from collections.abc import Callable

from kroute.coreapi.filling import cluster, pods, services, workloads
from kroute.machinery import objects

CORE, APPS = "io.k8s.api.core.v1.", "io.k8s.api.apps.v1."
RESOURCE, RBAC = "io.k8s.api.resource.v1.", "io.k8s.api.rbac.v1."


def all_fills() -> dict[str, Callable[[objects.Object], None]]:
    """The functions by the OpenAPI definition whose objects they complete."""
    return {
        CORE + "Container": pods.container,
        CORE + "EphemeralContainer": pods.container,
        CORE + "LimitRangeItem": cluster.limit_range_item,
        CORE + "Namespace": cluster.namespace,
        CORE + "NodeSpec": cluster.node_spec,
        CORE + "NodeStatus": cluster.node_status,
        CORE + "Pod": pods.pod,
        CORE + "PodSpec": pods.pod_spec,
        CORE + "PodStatus": pods.pod_status,
        CORE + "PodTemplateSpec": pods.pod_template,
        CORE + "ReplicationController": workloads.replication_controller,
        CORE + "Secret": cluster.secret,
        CORE + "Service": services.service,
        CORE + "Volume": pods.volume,
        APPS + "DaemonSet": workloads.daemon_set,
        APPS + "DaemonSetUpdateStrategy": workloads.daemon_set_strategy,
        APPS + "DeploymentStrategy": workloads.deployment_strategy,
        APPS + "StatefulSet": workloads.stateful_set,
        APPS + "StatefulSetUpdateStrategy": workloads.stateful_set_strategy,
        "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior": workloads.scaling_behavior,
        "io.k8s.api.batch.v1.Job": workloads.job,
        "io.k8s.api.networking.v1.NetworkPolicySpec": services.network_policy_spec,
        RBAC + "RoleRef": cluster.role_ref,
        RBAC + "Subject": cluster.subject,
        RESOURCE + "DeviceSubRequest": cluster.exact_device_request,
        RESOURCE + "DeviceTaint": cluster.device_taint,
        RESOURCE + "ExactDeviceRequest": cluster.exact_device_request,
    }
