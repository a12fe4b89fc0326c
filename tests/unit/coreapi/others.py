"""The least of those kinds that have no pods: storage, access, policies, flow control, devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REQUEST = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIYU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9N"
    "QkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRzaE1wMXprb2hkUlhYdmExc0pUc2cvRXA1NHBCaGlORTU4N2lYCjBN"
    "N3dwZTJ1eGRFZE9QOGRjUWJnZyt6US9yS0N2bnNQYWJpb2JadndPdm82a3F6R29BQXdDZ1lJS29aSXpqMEUKQXdJRFNRQXdSZ0loQU9YTWFQV2k4"
    "dkZEVHo2TXZheWdIQjUzOWVTUmZsUzVtTGV0cDdDSE9RNU1BaUVBd2ZJUAo0ZkNwRTJwK2UvZzNONUdRNWdJOVNpTFpTV1ZFQmxjdVdQS1k0SzA9"
    "Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo="
)
"""A request of the user jane in the group devs."""
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
HOOK = {
    "name": "a.example.com",
    "clientConfig": {"url": "https://127.0.0.1:1/"},
    "admissionReviewVersions": ["v1"],
    "sideEffects": "None",
    "rules": [RULE],
}
CLAIM = {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "gpu.example.com"}}]}}
JSON_PATCH = {"patchType": "JSONPatch", "jsonPatch": {"expression": "[]"}}

MINIMAL: Mapping[str, dict[str, Any]] = {
    "v1/PersistentVolume": {
        "spec": {"capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}}
    },
    "v1/PersistentVolumeClaim": {
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    },
    "storage.k8s.io/v1/StorageClass": {"provisioner": "example.com/disk"},
    "storage.k8s.io/v1/VolumeAttributesClass": {"driverName": "csi.example.com", "parameters": {"iops": "100"}},
    "storage.k8s.io/v1/VolumeAttachment": {
        "spec": {"attacher": "csi.example.com", "nodeName": "n1", "source": {"persistentVolumeName": "pv1"}}
    },
    "storage.k8s.io/v1/CSIDriver": {"spec": {}},
    "storage.k8s.io/v1/CSINode": {"spec": {"drivers": [{"name": "csi.example.com", "nodeID": "n1"}]}},
    "storage.k8s.io/v1/CSIStorageCapacity": {"storageClassName": "fast", "capacity": "1Gi"},
    "rbac.authorization.k8s.io/v1/Role": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    "rbac.authorization.k8s.io/v1/ClusterRole": {"rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]},
    "rbac.authorization.k8s.io/v1/RoleBinding": {
        "roleRef": {"kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "name": "alice"}],
    },
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": {
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "ServiceAccount", "name": "robot", "namespace": "default"}],
    },
    "certificates.k8s.io/v1/CertificateSigningRequest": {
        "spec": {"request": REQUEST, "signerName": "example.com/test", "usages": ["client auth"]}
    },
    "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": {"webhooks": [HOOK]},
    "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration": {"webhooks": [HOOK]},
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": {
        "spec": {"matchConstraints": {"resourceRules": [RULE]}, "validations": [{"expression": "true"}]}
    },
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": {
        "spec": {"policyName": "p", "validationActions": ["Deny"]}
    },
    "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy": {
        "spec": {
            "matchConstraints": {"resourceRules": [RULE]},
            "mutations": [JSON_PATCH],
            "reinvocationPolicy": "Never",
        }
    },
    "admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding": {"spec": {"policyName": "p"}},
    "flowcontrol.apiserver.k8s.io/v1/FlowSchema": {
        "spec": {
            "priorityLevelConfiguration": {"name": "global-default"},
            "rules": [
                {
                    "subjects": [{"kind": "User", "user": {"name": "alice"}}],
                    "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/metrics"]}],
                }
            ],
        }
    },
    "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration": {
        "spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}
    },
    "resource.k8s.io/v1/ResourceClaim": {"spec": CLAIM},
    "resource.k8s.io/v1/ResourceClaimTemplate": {"spec": {"spec": CLAIM}},
    "resource.k8s.io/v1/DeviceClass": {"spec": {}},
    "resource.k8s.io/v1/ResourceSlice": {
        "spec": {
            "driver": "gpu.example.com",
            "nodeName": "n1",
            "pool": {"name": "n1", "resourceSliceCount": 1},
            "devices": [{"name": "gpu-0", "attributes": {"model": {"string": "x"}}}],
        }
    },
}
