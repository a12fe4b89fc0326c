"""The flags of admission, and the options that they come to.

They bear kube-apiserver's names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from kroute.admission import choosing
from kroute.flags import kinds

HEADING = "Admission"
FILE = kinds.FILE


class Plugins(click.ParamType[tuple[str, ...]]):
    """Names of plugins, separated by commas."""

    name = "name,..."

    def __init__(self, flag: str) -> None:
        self._flag = flag

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if not isinstance(value, str):
            return tuple(value)
        found = tuple(part.strip() for part in value.split(",") if part.strip())
        try:
            choosing.check(found, self._flag)
        except choosing.ChoiceError as error:
            self.fail(str(error), param, ctx)
        return found


def options() -> Sequence[Callable[[Any], Any]]:
    """All of them, in order."""
    return (
        kinds.option(
            HEADING,
            "--enable-admission-plugins",
            type=Plugins("enable"),
            default="",
            help=f"Plugins that run beside those that do anyway: {', '.join(choosing.OPTIONAL)}.",
        ),
        kinds.option(
            HEADING,
            "--disable-admission-plugins",
            type=Plugins("disable"),
            default="",
            help=f"Plugins that don't run, of those that do by default: {', '.join(choosing.DEFAULT)}.",
        ),
        kinds.option(
            HEADING,
            "--admission-control-config-file",
            type=FILE,
            help="Configuration of plugins (AdmissionConfiguration, YAML), of PodSecurity for one.",
        ),
        kinds.option(
            HEADING,
            "--default-not-ready-toleration-seconds",
            type=click.IntRange(0),
            default=300,
            show_default=True,
            help="How long pods that don't say stay on a node that isn't ready.",
        ),
        kinds.option(
            HEADING,
            "--default-unreachable-toleration-seconds",
            type=click.IntRange(0),
            default=300,
            show_default=True,
            help="How long pods that don't say stay on a node that can't be reached.",
        ),
    )


def options_of(flags: Mapping[str, Any]) -> choosing.Options:
    """What the flags come to."""
    return choosing.Options(
        enabled=flags["enable_admission_plugins"],
        disabled=flags["disable_admission_plugins"],
        config_file=flags["admission_control_config_file"],
        tolerated=choosing.Tolerated(
            not_ready=flags["default_not_ready_toleration_seconds"],
            unreachable=flags["default_unreachable_toleration_seconds"],
        ),
    )
