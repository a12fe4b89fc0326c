"""Volumes of pods: their names, and what each kind of source needs."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import pods
from tests.unit.coreapi import harness

CLAIM_SPEC = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def wrong(make: harness.Maker, *volumes: harness.Patch) -> list[str]:
    body = {"spec": {"serviceAccountName": "sa", "volumes": [{"name": "v", **volume} for volume in volumes]}}
    found = harness.texts(pods.validate_pod(make.minimal("v1/Pod", body)))
    return [text.removeprefix("spec.volumes[0].") for text in found]


@pytest.mark.parametrize(
    "volumes, expected",
    [
        ([{"name": ""}], ["name: Required value"]),
        (
            [{"name": "A"}],
            ['name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric ...'],
        ),
        ([{}, {}], ['spec.volumes[1].name: Duplicate value: "v"']),
        (
            [{"name": "A"}, {"name": "A"}],
            [
                'name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric ...',
                'spec.volumes[1].name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower ...',
            ],
        ),
    ],
)
def test_names_that_are_wrong(volumes: list[harness.Patch], expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, *volumes), expected)


@pytest.mark.parametrize(
    "source, expected",
    [
        (
            {"emptyDir": {"sizeLimit": "-1"}},
            ["emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"],
        ),
        (
            {"emptyDir": {}, "hostPath": {"path": "/a"}},
            ["hostPath: Forbidden: may not specify more than 1 volume type"],
        ),
        (
            {"cephfs": {"monitors": ["a"]}, "downwardAPI": {}, "nfs": {"server": "a", "path": "/"}},
            [
                "cephFS: Forbidden: may not specify more than 1 volume type",
                "downwarAPI: Forbidden: may not specify more than 1 volume type",
            ],
        ),
        ({"hostPath": {"path": ""}}, ["hostPath.path: Required value"]),
        (
            {"hostPath": {"path": "/a/../b", "type": "Odd"}},
            [
                "hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
                'hostPath.type: Unsupported value: "Odd": supported values: "", "BlockDevice", "CharDevice", ...',
            ],
        ),
        (
            {"gitRepo": {"repository": "", "directory": "/a"}},
            ["gitRepo.repository: Required value", 'gitRepo.directory: Invalid value: "/a": must be a relative path'],
        ),
        ({"secret": {}}, ["secret.secretName: Required value"]),
        (
            {
                "secret": {
                    "secretName": "a",
                    "defaultMode": 512,
                    "items": [{"key": "", "path": ""}, {"key": "a", "path": "../b", "mode": -1}],
                }
            },
            [
                "secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
                "secret.items[0].key: Required value",
                "secret.items[0].path: Required value",
                "secret.items[1].path: Invalid value: \"../b\": must not contain '..'",
                "secret.items[1].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both ...",
            ],
        ),
        (
            {"configMap": {"items": [{"key": "a", "path": "..b"}, {"key": "a", "path": "/b"}]}},
            [
                "configMap.name: Required value",
                "configMap.items[0].path: Invalid value: \"..b\": must not start with '..'",
                'configMap.items[1].path: Invalid value: "/b": must be a relative path',
            ],
        ),
        ({"persistentVolumeClaim": {"claimName": ""}}, ["persistentVolumeClaim.claimName: Required value"]),
        (
            {"image": {"reference": "", "pullPolicy": "Often"}},
            [
                "image.reference: Required value",
                'image.pullPolicy: Unsupported value: "Often": supported values: "Always", "IfNotPresent", "Never"',
            ],
        ),
        (
            {"csi": {"driver": "A_", "nodePublishSecretRef": {"name": ""}}},
            [
                'csi.driver: Invalid value: "A_": a lowercase RFC 1123 subdomain must consist of lower case ...',
                "csi.nodePublishSecretRef.name: Required value",
            ],
        ),
        (
            {"csi": {"driver": "a" * 64, "nodePublishSecretRef": {"name": "B"}}},
            [
                "csi.driver: Too long: may not be more than 63 bytes",
                'csi.name: Invalid value: "B": a lowercase RFC 1123 subdomain must consist of lower case ...',
            ],
        ),
    ],
)
def test_sources_that_are_wrong(source: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, source), expected)


@pytest.mark.parametrize(
    "source, expected",
    [
        (
            {"gcePersistentDisk": {"pdName": "", "partition": 256}},
            [
                "persistentDisk.pdName: Required value",
                "persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive",
            ],
        ),
        (
            {"awsElasticBlockStore": {"volumeID": "", "partition": -1}},
            [
                "awsElasticBlockStore.volumeID: Required value",
                "awsElasticBlockStore.partition: Invalid value: -1: must be between 1 and 255, inclusive",
            ],
        ),
        (
            {"nfs": {"server": "", "path": "a"}},
            ["nfs.server: Required value", 'nfs.path: Invalid value: "a": must be an absolute path'],
        ),
        (
            {"iscsi": {"targetPortal": "", "iqn": "", "lun": 256, "chapAuthSession": True}},
            [
                "iscsi.targetPortal: Required value",
                "iscsi.iqn: Required value",
                "iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
                "iscsi.secretRef: Required value",
            ],
        ),
        (
            {"iscsi": {"targetPortal": "a", "iqn": "abc", "lun": 0}},
            ['iscsi.iqn: Invalid value: "abc": must be valid format starting with iqn, eui, or naa'],
        ),
        (
            {"iscsi": {"targetPortal": "a" * 62, "iqn": "iqn.2001-04.com.example:storage", "initiatorName": "iqn.x"}},
            ['iscsi.initiatorname: Invalid value: "iqn.x": must be valid format'],
        ),
        ({"glusterfs": {}}, ["glusterfs.endpoints: Required value", "glusterfs.path: Required value"]),
        ({"flocker": {}}, ["flocker: Required value: one of datasetName and datasetUUID is required"]),
        (
            {"flocker": {"datasetName": "a/b", "datasetUUID": "c"}},
            [
                'flocker: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously',
                "flocker.datasetName: Invalid value: \"a/b\": must not contain '/'",
            ],
        ),
        ({"rbd": {}}, ["rbd.monitors: Required value", "rbd.image: Required value"]),
        (
            {"cinder": {"volumeID": "", "secretRef": {}}},
            ["cinder.volumeID: Required value", "cinder.secretRef.name: Required value"],
        ),
        ({"cephfs": {}}, ["cephfs.monitors: Required value"]),
        (
            {"quobyte": {"registry": ""}},
            [
                "quobyte.registry: Required value: must be a host:port pair or multiple pairs separated by commas",
                "quobyte.volume: Required value",
            ],
        ),
        (
            {"quobyte": {"registry": "a:1,b", "volume": "v"}},
            ['quobyte.registry: Invalid value: "a:1,b": must be a host:port pair or multiple pairs separated ...'],
        ),
        (
            {"quobyte": {"registry": "a:1", "volume": "v", "tenant": "x" * 65}},
            ["quobyte.tenant: Required value: must be a UUID and may not exceed a length of 64 characters"],
        ),
        ({"fc": {}}, ["fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both"]),
        (
            {"fc": {"targetWWNs": ["a"], "wwids": ["b"]}},
            [
                'fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously',
                "fc.lun: Required value: lun is required if targetWWNs is specified",
            ],
        ),
        (
            {"fc": {"targetWWNs": ["a"], "lun": 256}},
            ["fc.lun: Invalid value: 256: must be between 0 and 255, inclusive"],
        ),
        (
            {"flexVolume": {"driver": "", "options": {"kubernetes.io/a": "", "x.k8s.io/a": "", "example.com/a": ""}}},
            [
                "flexVolume.driver: Required value",
                'flexVolume.options[kubernetes.io/a]: Invalid value: "kubernetes.io/a": kubernetes.io and ...',
                'flexVolume.options[x.k8s.io/a]: Invalid value: "x.k8s.io/a": kubernetes.io and k8s.io ...',
            ],
        ),
        ({"azureFile": {}}, ["azureFile.secretName: Required value", "azureFile.shareName: Required value"]),
        ({"vsphereVolume": {}}, ["vsphereVolume.volumePath: Required value"]),
        ({"photonPersistentDisk": {}}, ["photonPersistentDisk.pdID: Required value"]),
        ({"portworxVolume": {}}, ["portworxVolume.volumeID: Required value"]),
        (
            {"azureDisk": {"diskName": "", "diskURI": "", "cachingMode": "Odd", "kind": "Odd"}},
            [
                "azureDisk.diskName: Required value",
                "azureDisk.diskURI: Required value",
                'azureDisk.cachingMode: Unsupported value: "Odd": supported values: "None", "ReadOnly", "ReadWrite"',
                'azureDisk.kind: Unsupported value: "Odd": supported values: "Dedicated", "Managed", "Shared"',
                'azureDisk.diskURI: Unsupported value: "": supported values: ...',
            ],
        ),
        (
            {"azureDisk": {"diskName": "a", "diskURI": "https://a", "kind": "Managed"}},
            ['azureDisk.diskURI: Unsupported value: "https://a": supported values: ...'],
        ),
        (
            {"storageos": {"volumeName": "A", "volumeNamespace": "B", "secretRef": {}}},
            [
                'storageos.volumeName: Invalid value: "A": a lowercase RFC 1123 label must consist of lower ...',
                'storageos.volumeNamespace: Invalid value: "B": a lowercase RFC 1123 label must consist of ...',
                "storageos.secretRef.name: Required value",
            ],
        ),
        (
            {"scaleIO": {"gateway": "", "system": "", "secretRef": {"name": "a"}}},
            ["scaleIO.gateway: Required value", "scaleIO.system: Required value", "scaleIO.volumeName: Required value"],
        ),
    ],
)
def test_drivers_of_old_that_are_wrong(source: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, source), expected)


@pytest.mark.parametrize(
    "item, expected",
    [
        (
            {"path": ""},
            [
                "downwardAPI.path: Required value",
                "downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
            ],
        ),
        (
            {"path": "a", "fieldRef": {"fieldPath": "spec.nodeName"}},
            ['downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: ...'],
        ),
        (
            {"path": "a", "fieldRef": {"fieldPath": "metadata.name"}, "resourceFieldRef": {"resource": "limits.cpu"}},
            ['downwardAPI: Invalid value: "resource": fieldRef and resourceFieldRef can not be specified ...'],
        ),
        (
            {"path": "/a", "resourceFieldRef": {"resource": "limits.cpu"}},
            [
                'downwardAPI.path: Invalid value: "/a": must be a relative path',
                "downwardAPI.resourceFieldRef.containerName: Required value",
            ],
        ),
        (
            {"path": "a", "resourceFieldRef": {"containerName": "app", "resource": "limits.disk"}, "mode": 512},
            [
                'downwardAPI.resourceFieldRef.resource: Unsupported value: "limits.disk": supported values: ...',
                "downwardAPI.mode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
            ],
        ),
    ],
)
def test_fields_as_files_that_are_wrong(item: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"downwardAPI": {"items": [item]}}), expected)


@pytest.mark.parametrize(
    "sources, expected",
    [
        (
            [{"secret": {}, "configMap": {"name": "a"}}],
            [
                "projected.sources[0].secret.name: Required value",
                "projected.sources[0]: Forbidden: may not specify more than 1 volume type per source",
            ],
        ),
        (
            [
                {"secret": {"name": "a", "items": [{"key": "a", "path": "x"}]}},
                {"configMap": {"name": "b", "items": [{"key": "a", "path": "x"}]}},
            ],
            ['projected: Invalid value: "b": conflicting duplicate paths'],
        ),
        (
            [{"downwardAPI": {"items": [{"path": "x", "fieldRef": {"fieldPath": "metadata.name"}}] * 2}}],
            ['projected: Invalid value: "x": conflicting duplicate paths'],
        ),
        (
            [{"serviceAccountToken": {"path": "", "expirationSeconds": 599}}],
            [
                "projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 599: may not ...",
                "projected.path: Required value",
            ],
        ),
        (
            [{"serviceAccountToken": {"path": "/a", "expirationSeconds": 4294967297}}],
            [
                "projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 4294967297: may not ...",
                'projected.path: Invalid value: "/a": must be a relative path',
            ],
        ),
        (
            [{"clusterTrustBundle": {"path": "x"}}],
            ["projected.sources[0].clusterTrustBundle: Required value: either name or signerName must be ..."],
        ),
        (
            [{"clusterTrustBundle": {"path": "", "name": "", "labelSelector": {}}}],
            [
                "projected.sources[0].clusterTrustBundle.name: Required value: must be a valid object name",
                'projected.sources[0].clusterTrustBundle.name: Invalid value: "": not a valid ...',
                "projected.sources[0].clusterTrustBundle.labelSelector: Invalid value: {}: labelSelector must ...",
                "projected.sources[0].clusterTrustBundle.path: Required value",
            ],
        ),
        (
            [{"clusterTrustBundle": {"path": "x", "signerName": "odd"}}],
            ['projected.sources[0].clusterTrustBundle.signerName: Invalid value: "odd": must be a fully ...'],
        ),
        (
            [{"podCertificate": {"signerName": "example.com/a", "keyType": "RSA1", "maxExpirationSeconds": 3599}}],
            [
                'projected.sources[0].podCertificate.keyType: Unsupported value: "RSA1": supported values: ...',
                "projected.sources[0].podCertificate.maxExpirationSeconds: Invalid value: 3599: if provided, ...",
                "projected.sources[0].podCertificate: Required value: specify at least one of ...",
            ],
        ),
        (
            [
                {
                    "podCertificate": {
                        "signerName": "kubernetes.io/a",
                        "keyType": "ED25519",
                        "maxExpirationSeconds": 86401,
                        "keyPath": "/a",
                    }
                }
            ],
            [
                "projected.sources[0].podCertificate.maxExpirationSeconds: Invalid value: 86401: if provided, ...",
                'projected.sources[0].podCertificate.keyPath: Invalid value: "/a": must be a relative path',
            ],
        ),
        (
            [
                {
                    "podCertificate": {
                        "signerName": "example.com/a",
                        "keyType": "ED25519",
                        "keyPath": "a",
                        "certificateChainPath": "a",
                    }
                }
            ],
            ['projected: Invalid value: "a": conflicting duplicate paths'],
        ),
    ],
)
def test_projections_that_are_wrong(sources: list[harness.Patch], expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"projected": {"sources": sources}}), expected)


@pytest.mark.parametrize(
    "template, expected",
    [
        (
            {"spec": {}},
            [
                "ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required",
                "ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value",
            ],
        ),
        (
            {"spec": {**CLAIM_SPEC, "accessModes": ["Often", "ReadWriteOncePod", "ReadOnlyMany"]}},
            [
                'ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: "Often": supported values: ...',
                "ephemeral.volumeClaimTemplate.spec.accessModes: Forbidden: may not use ReadWriteOncePod with ...",
            ],
        ),
        (
            {
                "spec": {
                    **CLAIM_SPEC,
                    "resources": {"requests": {"storage": "-1"}},
                    "storageClassName": "A",
                    "volumeMode": "Odd",
                }
            },
            [
                'ephemeral.volumeClaimTemplate.spec.resources[storage]: Invalid value: "-1": must be greater ...',
                'ephemeral.volumeClaimTemplate.spec.storageClassName: Invalid value: "A": a lowercase RFC 1123 ...',
                'ephemeral.volumeClaimTemplate.spec.volumeMode: Unsupported value: "Odd": supported values: ...',
            ],
        ),
        (
            {"spec": {**CLAIM_SPEC, "selector": {"matchLabels": {"a b": "c"}}, "volumeAttributesClassName": "A"}},
            [
                'ephemeral.volumeClaimTemplate.spec.selector.matchLabels: Invalid value: "a b": name part must ...',
                'ephemeral.volumeClaimTemplate.spec.volumeAttributesClassName: Invalid value: "A": a lowercase ...',
            ],
        ),
        (
            {"spec": {**CLAIM_SPEC, "dataSource": {"kind": "Other", "name": ""}}},
            [
                "ephemeral.volumeClaimTemplate.spec.dataSource.name: Required value",
                'ephemeral.volumeClaimTemplate.spec.dataSource: Invalid value: "Other": must be ...',
            ],
        ),
        (
            {
                "spec": {
                    **CLAIM_SPEC,
                    "dataSource": {"kind": "PersistentVolumeClaim", "name": "a"},
                    "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "b"},
                }
            },
            ["ephemeral.volumeClaimTemplate.spec: Invalid value: ..."],
        ),
        (
            {"metadata": {"name": "a", "labels": {"a b": "c"}, "ownerReferences": []}, "spec": CLAIM_SPEC},
            [
                'ephemeral.volumeClaimTemplate.metadata.labels: Invalid value: "a b": name part must consist of ...',
                "ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set",
            ],
        ),
    ],
)
def test_claims_for_one_pod_that_are_wrong(template: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"ephemeral": {"volumeClaimTemplate": template}}), expected)


def test_a_source_that_writes_claims_names_them_by_pod_and_volume(make: harness.Maker) -> None:
    ephemeral = {"ephemeral": {"volumeClaimTemplate": {"spec": CLAIM_SPEC}}}
    claim = {"name": "w", "persistentVolumeClaim": {"claimName": "web-v"}}
    assert not wrong(make, ephemeral)
    assert wrong(make, ephemeral, claim) == [
        'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "web-v": '
        "must not reference a PVC that gets created for an ephemeral volume"
    ]


def test_a_token_needs_an_account(make: harness.Maker) -> None:
    token = {"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}
    pod = make.minimal("v1/Pod", {"spec": {"volumes": [token]}})
    assert harness.texts(pods.validate_pod(pod)) == [
        "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: "
        "must not be specified when serviceAccountName is not set"
    ]


def test_volumes_that_are_wrong_can_t_be_mounted(make: harness.Maker) -> None:
    spec = {**harness.containers({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}), "volumes": [{"name": "v"}]}
    bad = make.minimal("v1/Pod", {"spec": {**spec, "volumes": [{"name": "v", "hostPath": {"path": ""}}]}})
    assert not harness.texts(pods.validate_pod(make.minimal("v1/Pod", {"spec": spec})))
    assert harness.texts(pods.validate_pod(bad)) == [
        "spec.volumes[0].hostPath.path: Required value",
        'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ]
