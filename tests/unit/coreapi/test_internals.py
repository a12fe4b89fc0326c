"""Internal types as messages show them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kroute.coreapi import internals
from kroute.schema import gotypes

CONTEXT = (
    '"SecurityContext":{"HostNetwork":%s,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,'
    '"HostUsers":null,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,'
    '"RunAsNonRoot":null,"SupplementalGroups":null,"SupplementalGroupsPolicy":null,"FSGroup":%s,'
    '"FSGroupChangePolicy":null,"Sysctls":null,"SeccompProfile":null,"AppArmorProfile":null,'
    '"SELinuxChangePolicy":null}'
)
TEMPLATE = (
    '{"labels":{"a":"b","c":"d"},"Spec":{"Volumes":null,"InitContainers":null,"Containers":[{"Name":"app",'
    '"Image":"x:2","Command":null,"Args":null,"WorkingDir":"","Ports":null,"EnvFrom":null,"Env":null,'
    '"Resources":{"Limits":null,"Requests":{"cpu":"1","memory":"1Gi"},"Claims":null},"ResizePolicy":null,'
    '"RestartPolicy":null,"RestartPolicyRules":null,"VolumeMounts":null,"VolumeDevices":null,"LivenessProbe":null,'
    '"ReadinessProbe":null,"StartupProbe":null,"Lifecycle":null,"TerminationMessagePath":"",'
    '"TerminationMessagePolicy":"","ImagePullPolicy":"","SecurityContext":null,"Stdin":false,"StdinOnce":false,'
    '"TTY":false}],"EphemeralContainers":null,"RestartPolicy":"Never","TerminationGracePeriodSeconds":30,'
    '"ActiveDeadlineSeconds":null,"DNSPolicy":"ClusterFirst","NodeSelector":null,"ServiceAccountName":"",'
    f'"AutomountServiceAccountToken":null,"NodeName":"",{CONTEXT % ("false", "null")},"ImagePullSecrets":null,'
    '"Hostname":"","Subdomain":"","SetHostnameAsFQDN":null,"Affinity":null,"SchedulerName":"default-scheduler",'
    '"Tolerations":null,"HostAliases":null,"PriorityClassName":"","Priority":null,"PreemptionPolicy":null,'
    '"DNSConfig":null,"ReadinessGates":null,"RuntimeClassName":null,"Overhead":null,"EnableServiceLinks":null,'
    '"TopologySpreadConstraints":null,"OS":null,"SchedulingGates":null,"ResourceClaims":null,"Resources":null,'
    '"HostnameOverride":null,"SchedulingGroup":null}}'
)


def shown(value: Any, text: str) -> str:
    return json.dumps(internals.encode(value, text), separators=(",", ":"))


def test_a_pod_template_shows_every_field_in_the_internal_order() -> None:
    template = {
        "metadata": {"labels": {"c": "d", "a": "b"}},
        "spec": {
            "schedulerName": "default-scheduler",
            "containers": [{"image": "x:2", "name": "app", "resources": {"requests": {"memory": "1Gi", "cpu": "1"}}}],
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
        },
    }
    assert shown(template, "core.v1.PodTemplateSpec") == TEMPLATE


def test_what_a_pod_shares_with_its_host_is_part_of_the_security_context() -> None:
    spec = {"hostNetwork": True, "serviceAccount": "old", "securityContext": {"fsGroup": 5}}
    found = shown(spec, "core.v1.PodSpec")
    assert CONTEXT % ("true", "5") in found
    assert "old" not in found


@pytest.mark.parametrize(
    "value, text, expected",
    [
        (None, "*core.v1.Probe", "null"),
        (None, "[]core.v1.Container", "null"),
        ([], "[]core.v1.Container", "[]"),
        (None, "string", '""'),
        (None, "resource.Quantity", '"0"'),
        (None, "meta.v1.Time", "null"),
        ({"b": "2", "a": "1"}, "map[string]string", '{"a":"1","b":"2"}'),
        ({"path": "/x"}, "core.v1.HTTPGetAction", '{"Path":"/x","Port":0,"Host":"","Scheme":"","HTTPHeaders":null}'),
        (
            {"matchExpressions": [{"operator": "Exists", "key": "a"}], "matchLabels": {}},
            "*meta.v1.LabelSelector",
            '{"matchExpressions":[{"key":"a","operator":"Exists"}]}',
        ),
        ({"path": "token"}, "core.v1.ServiceAccountTokenProjection", '{"Audience":"","ExpirationSeconds":0,"Path":"token"}'),
        ({"maxUnavailable": 1}, "apps.v1.RollingUpdateStatefulSetStrategy", '{"Partition":0,"MaxUnavailable":1}'),
        (
            {"metadata": {"name": "n"}, "spec": {"devices": {}}},
            "resource.v1.ResourceClaimTemplateSpec",
            '{"name":"n","Spec":{"Devices":{"Requests":null,"Constraints":null,"Config":null}}}',
        ),
    ],
)  # fmt: skip
def test_each_value_is_what_go_encodes(value: Any, text: str, expected: str) -> None:
    assert shown(value, text) == expected


def test_every_field_of_a_volume_has_its_internal_name() -> None:
    found = internals.encode({"name": "v", "rbd": {"monitors": ["m"], "image": "i"}}, "core.v1.Volume")
    assert list(found)[10:14] == ["PersistentVolumeClaim", "RBD", "Quobyte", "FlexVolume"]
    assert list(found["RBD"])[:4] == ["CephMonitors", "RBDImage", "FSType", "RBDPool"]


def test_what_differs_from_versioned_types_names_fields_that_are_there() -> None:
    known, types = internals.known(), gotypes.Types.load()
    for name in types.structs:
        if not name.startswith(("meta.", "apiextensions.", "apidiscovery.")):
            assert isinstance(known.encode({}, name), dict)


def test_one_field_is_encoded_alone() -> None:
    event = {"involvedObject": {"name": "n", "kind": "Pod", "uid": "u"}}
    assert json.dumps(internals.encode_field(event, "core.v1.Event", "involvedObject"), separators=(",", ":")) == (
        '{"Kind":"Pod","Namespace":"","Name":"n","UID":"u","APIVersion":"","ResourceVersion":"","FieldPath":""}'
    )
    assert internals.encode_field(event, "core.v1.Event", "related") is None
    assert internals.encode_field(event, "core.v1.Event", "message") == ""
    with pytest.raises(KeyError):
        internals.encode_field(event, "core.v1.Event", "other")
