"""Kubernetes' own kinds, whose schemas say how their lists are shared and whose Go types what is always there."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import errors, gvk
from kroute.patch.managedfields import manager
from kroute.schema import builtin, godecoding, gotypes
from tests.unit.patch.managedfields.fixtures import LATER, NOW, owners

DEPLOYMENT = gvk.GroupVersionKind("apps", "v1", "Deployment")
CONTAINER = {"name": "web", "image": "nginx:1", "ports": [{"containerPort": 80}]}


@pytest.fixture(scope="module")
def definitions() -> builtin.Definitions:
    pytest.importorskip("kubernetes_validate")
    return builtin.Definitions.kubernetes()


def managed(definitions: builtin.Definitions, kind: gvk.GroupVersionKind) -> manager.FieldManager:
    name = definitions.name_of(kind)
    assert name is not None
    empty = godecoding.Decoder(gotypes.Types.load()).zero(gotypes.name_of(name))
    return manager.FieldManager({kind.api_version: definitions.get(name)}, kind=kind.kind, empty=empty)


def deployment(*containers: Any, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": list(containers)}}
    selector = {"matchLabels": {"app": "d"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"selector": selector, "template": template, "strategy": {}, **spec},
        "status": {},
    }


def test_a_creator_does_not_own_what_go_always_writes(definitions: builtin.Definitions) -> None:
    fields = managed(definitions, DEPLOYMENT)
    made = fields.update(
        None, deployment(CONTAINER, replicas=2), manager="kubectl-create", api_version="apps/v1", now=NOW
    )
    assert owners(made) == {
        "kubectl-create/update": {
            "f:spec": {
                "f:replicas": {},
                "f:selector": {},
                "f:template": {
                    "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                    "f:spec": {
                        "f:containers": {
                            'k:{"name":"web"}': {
                                ".": {},
                                "f:image": {},
                                "f:name": {},
                                "f:ports": {
                                    ".": {},
                                    'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}},
                                },
                            }
                        }
                    },
                },
            }
        }
    }


def test_conflicts_with_updaters_are_told_with_version_and_subresource(definitions: builtin.Definitions) -> None:
    fields = managed(definitions, DEPLOYMENT)
    live = fields.update(
        None, deployment(CONTAINER, replicas=2), manager="kubectl-create", api_version="apps/v1", now=NOW
    )
    live["metadata"]["uid"] = "1"
    scaled = deployment(CONTAINER, replicas=4)
    scaled["metadata"] = live["metadata"]
    live = fields.update(live, scaled, manager="scaler", api_version="apps/v1", subresource="scale", now=LATER)
    patch = deployment({**CONTAINER, "image": "nginx:2"}, replicas=3)
    del patch["status"]
    with pytest.raises(errors.Conflict) as caught:
        fields.apply(live, patch, manager="one", force=False, api_version="apps/v1", now=LATER)
    assert caught.value.message == (
        'Apply failed with 2 conflicts: conflicts with "kubectl-create" using apps/v1:\n'
        '- .spec.template.spec.containers[name="web"].image\n'
        'conflicts with "scaler" with subresource "scale" using apps/v1:\n- .spec.replicas'
    )


def test_a_container_without_a_name_is_one_with_an_empty_name(definitions: builtin.Definitions) -> None:
    fields = managed(definitions, DEPLOYMENT)
    found = fields.apply(None, deployment({"image": "x:1"}), manager="one", force=False, api_version="apps/v1", now=NOW)
    assert list(owners(found)["one"]["f:spec"]["f:template"]["f:spec"]["f:containers"]) == ['k:{"name":""}']


def test_quantities_may_be_numbers_and_raw_extensions_are_owned_as_a_whole(definitions: builtin.Definitions) -> None:
    fields = managed(definitions, DEPLOYMENT)
    limited = {**CONTAINER, "resources": {"limits": {"cpu": 1, "memory": "1Gi"}}}
    fields.apply(None, deployment(limited), manager="one", force=False, api_version="apps/v1", now=NOW)
    revision = gvk.GroupVersionKind("apps", "v1", "ControllerRevision")
    obj = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": "r"},
        "data": {"spec": {"x": 1}},
        "revision": 1,
    }
    found = managed(definitions, revision).update(None, obj, manager="one", api_version="apps/v1", now=NOW)
    assert owners(found) == {"one/update": {"f:data": {}, "f:revision": {}}}
