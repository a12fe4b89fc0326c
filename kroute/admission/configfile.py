"""The file of `--admission-control-config-file`, with the files that it names.

Mirrors `k8s.io/apiserver/pkg/admission/config.go`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kroute.admission import choosing, limiting
from kroute.admission.podsecurity import configuring
from kroute.machinery import gvk, yamldecode

KINDS: Mapping[str, tuple[str, str]] = {
    "PodSecurity": (configuring.GROUP, configuring.KIND),
    "ResourceQuota": (limiting.GROUP, limiting.KIND),
}
"""The group and the kind of the configurations that plugins read."""


def choice(options: choosing.Options) -> choosing.Choice:
    """What flags and the file come to.  Raises ChoiceError, OSError."""
    configurations = {} if options.config_file is None else read(options.config_file)
    made = choosing.choice(options.enabled, options.disabled, configurations)
    return dataclasses.replace(made, tolerated=options.tolerated)


def read(path: Path) -> dict[str, Mapping[str, Any]]:
    """The configurations of plugins, by their names.  Raises ChoiceError, OSError."""
    found = {}
    try:
        for name, further, configuration in choosing.configured(decoded(path)):
            if configuration is None and further:
                configuration = decoded(path.parent / further)
            if configuration is not None and name in KINDS:
                check(name, configuration)
                found[name] = configuration
    except choosing.ChoiceError as error:
        raise choosing.ChoiceError(f"{path}: {error}") from error
    return found


def decoded(path: Path) -> Any:
    """Raises ChoiceError, OSError."""
    try:
        return yamldecode.decode(path.read_bytes())
    except yamldecode.YAMLError as error:
        raise choosing.ChoiceError(f"{path.name} is no YAML: {one_line(str(error))}") from error


def check(name: str, configuration: Any) -> None:
    """Raises ChoiceError for what a plugin couldn't use."""
    if not isinstance(configuration, dict):
        raise choosing.ChoiceError(f"the configuration of {name} is no mapping")
    group, version = gvk.GroupVersion.parse(str(configuration.get("apiVersion") or ""))
    if (group, configuration.get("kind")) != KINDS[name]:
        shown = f"{configuration.get('kind')} of {configuration.get('apiVersion')}"
        raise choosing.ChoiceError(f"{shown} is no {KINDS[name][1]} of {KINDS[name][0]}")
    if name == "PodSecurity" and version not in configuring.VERSIONS:
        raise choosing.ChoiceError(f"there is no version {version} of {KINDS[name][1]}")
    try:
        if name == "PodSecurity":
            configuring.read(configuration)
        else:
            limiting.read(configuration)
    except ValueError as error:
        raise choosing.ChoiceError(f"the configuration of {name} can't be used: {one_line(str(error))}") from error


def one_line(text: str) -> str:
    return " ".join(text.split())
