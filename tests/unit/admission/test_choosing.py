"""Which plugins run: flags, the file of configurations, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kroute.admission import choosing, configfile

HEAD = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration"}
SECURITY = {"apiVersion": "pod-security.admission.config.k8s.io/v1", "kind": "PodSecurityConfiguration"}


def written(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "enabled, disabled, problem",
    [
        (["Nope"], [], 'enable-admission-plugins plugin "Nope" is unknown'),
        ([], ["Nope"], 'disable-admission-plugins plugin "Nope" is unknown'),
        (["EventRateLimit"], [], 'enable-admission-plugins plugin "EventRateLimit" is not part of this server'),
        (
            ["PodSecurity", "LimitRanger"],
            ["LimitRanger", "PodSecurity"],
            r"\[LimitRanger PodSecurity\] in enable-admission-plugins and disable-admission-plugins overlapped",
        ),
    ],
)
def test_plugins_that_there_are_not_cannot_be_chosen(enabled: list[str], disabled: list[str], problem: str) -> None:
    with pytest.raises(choosing.ChoiceError, match=problem):
        choosing.choice(enabled, disabled, {})


def test_plugins_run_by_default_or_when_they_are_enabled() -> None:
    made = choosing.choice(["NodeRestriction"], ["PodSecurity", "EventRateLimit"], {})
    assert made.runs("NodeRestriction")
    assert made.runs("ResourceQuota")
    assert not made.runs("PodSecurity")
    assert not made.runs("AlwaysDeny")


@pytest.mark.parametrize(
    "document, problem",
    [
        ("[", "is no YAML"),
        ([], "an AdmissionConfiguration is a mapping"),
        ({"kind": "Pod", "apiVersion": "v1"}, "Pod of v1 is no AdmissionConfiguration"),
        ({**HEAD, "plugins": [{}]}, r"plugins\[0\] has no name"),
        ({**HEAD, "plugins": [{"name": "PodSecurity", "configuration": 1}]}, r"configuration is no mapping"),
        (
            {**HEAD, "plugins": [{"name": "PodSecurity", "configuration": {"kind": "X"}}]},
            "X of None is no PodSecurityConfiguration",
        ),
        (
            {**HEAD, "plugins": [{"name": "PodSecurity", "configuration": {**SECURITY, "defaults": {"warn": "x"}}}]},
            "the configuration of PodSecurity can't be used: defaults.warn",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(tmp_path: Path, document: Any, problem: str) -> None:
    path = written(tmp_path / "a.yaml", document)
    with pytest.raises(choosing.ChoiceError, match=problem) as raised:
        configfile.read(path)
    assert "\n" not in str(raised.value)


def test_configurations_are_in_the_file_or_in_files_beside_it(tmp_path: Path) -> None:
    written(tmp_path / "pods.yaml", {**SECURITY, "defaults": {"enforce": "baseline"}})
    quota = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "ResourceQuotaConfiguration",
        "limitedResources": [{"resource": "pods", "matchContains": ["pods"]}],
    }
    plugins = [{"name": "PodSecurity", "path": "pods.yaml"}, {"name": "ResourceQuota", "configuration": quota}]
    options = choosing.Options(config_file=written(tmp_path / "a.yaml", {**HEAD, "plugins": plugins}))
    found = configfile.choice(options).configurations
    assert found["PodSecurity"]["defaults"] == {"enforce": "baseline"}
    assert found["ResourceQuota"]["limitedResources"] == quota["limitedResources"]


def test_a_file_that_is_missing_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        configfile.read(tmp_path / "none.yaml")
