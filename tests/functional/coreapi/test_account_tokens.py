"""Tokens of service accounts are signed, and say whom they are for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc import jwk, jws

from tests.functional.coreapi.conftest import Core


def ask(core: Core, name: str = "default", **spec: Any) -> Any:
    return core.create(f"serviceaccounts/{name}/token", {"spec": spec})


def claims(core: Core, token: str) -> Any:
    """What a token says, once its signature is checked with the server's own key."""
    key = jwk.RSAKey.import_key(core.running.directory.service_account_key.read_bytes())
    found = jws.deserialize_compact(token, key, algorithms=["RS256"])
    assert found.protected.keys() == {"alg", "kid"}
    return json.loads(found.payload)


def issued(core: Core, **spec: Any) -> tuple[Any, Any]:
    answer = ask(core, **spec)
    assert answer.status == 201, answer.body
    return answer.body, claims(core, answer.body["status"]["token"])


def test_what_cannot_be_bound_is_refused(core: Core) -> None:
    found = ask(core, boundObjectRef={"kind": "Deployment", "apiVersion": "apps/v1", "name": "web"})
    assert (found.status, found.message) == (400, "cannot bind token to object of type apps/v1, Kind=Deployment")


def test_a_pod_of_another_account_is_refused(core: Core) -> None:
    assert core.create("serviceaccounts", {"metadata": {"name": "robot"}}).status == 201
    core.pod("web")
    found = ask(core, "robot", boundObjectRef={"kind": "Pod", "apiVersion": "v1", "name": "web"})
    assert found.status == 400
    assert 'serviceaccount "robot" to pod running with different serviceaccount name' in found.message


@pytest.mark.parametrize("seconds", [0, 599, 2**32 + 1])
def test_times_have_bounds(core: Core, seconds: int) -> None:
    found = ask(core, expirationSeconds=seconds)
    assert found.body["details"]["causes"][0]["field"] == "spec.expirationSeconds"


def test_a_token_names_its_account(core: Core) -> None:
    shown, said = issued(core, audiences=["vault"], expirationSeconds=700)
    uid = core.read("serviceaccounts/default")["metadata"]["uid"]
    assert said["sub"] == f"system:serviceaccount:{core.namespace}:default"
    assert said["aud"] == shown["spec"]["audiences"] == ["vault"]
    assert said["exp"] - said["iat"] == 700
    assert said["nbf"] == said["iat"]
    assert said["iss"] == "https://kubernetes.default.svc"
    about = {"namespace": core.namespace, "serviceaccount": {"name": "default", "uid": uid}}
    assert said["kubernetes.io"] == about


def test_each_token_has_an_id_of_its_own(core: Core) -> None:
    assert issued(core)[1]["jti"] != issued(core)[1]["jti"]


def test_a_token_of_a_pod_names_the_pod_and_its_node(core: Core) -> None:
    pod = core.pod("web", node="far")
    _, said = issued(core, boundObjectRef={"kind": "Pod", "apiVersion": "v1", "name": "web"})
    about = said["kubernetes.io"]
    assert about["pod"] == {"name": "web", "uid": pod["metadata"]["uid"]}
    assert about["node"] == {"name": "far"}


def test_tokens_that_pods_get_by_default_outlive_what_they_say(core: Core) -> None:
    shown, said = issued(core, expirationSeconds=3607)
    assert said["kubernetes.io"]["warnafter"] - said["iat"] == 3607
    assert said["exp"] - said["iat"] == 365 * 24 * 3600
    assert shown["spec"]["expirationSeconds"] == 3607
    assert "warnafter" not in issued(core, expirationSeconds=3607, audiences=["vault"])[1]["kubernetes.io"]
