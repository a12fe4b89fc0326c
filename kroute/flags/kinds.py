"""What flags are made of: options under headings, and the types of their values."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from kroute.machinery import durations

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class GroupedCommand(click.Command):
    """A command whose help shows its options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        headings: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                headings.setdefault(getattr(parameter, "heading", "Other"), []).append(record)
        for heading, records in headings.items():
            with formatter.section(heading):
                formatter.write_dl(records)


class HeadedOption(click.Option):
    def __init__(self, *args: Any, heading: str, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.heading = heading


def option(heading: str, *names: str, **rest: Any) -> Callable[[Command], Command]:
    """An option under a heading of the help."""
    return click.option(*names, cls=HeadedOption, heading=heading, **rest)


class Duration(click.ParamType[float]):
    """`1m30s`, in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            return durations.parse(value) / durations.SECOND
        except durations.DurationError as error:
            self.fail(str(error), param, ctx)


class Address(click.ParamType[str]):
    """An IP address that others can reach."""

    name = "ip"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        try:
            found = ipaddress.ip_address(text) if text else None
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if found is not None and (found.is_loopback or found.is_unspecified or found.is_multicast):
            self.fail(f"{text} is no address that others can reach", param, ctx)
        return text


class Networks(click.ParamType[Sequence[str]]):
    """One or two networks, separated by a comma."""

    name = "cidr[,cidr]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Sequence[str]:
        if not isinstance(value, str):
            return tuple(value)
        found = tuple(part.strip() for part in value.split(","))
        try:
            versions = [ipaddress.ip_network(part).version for part in found]
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if len(set(versions)) < len(versions):
            self.fail("two networks must be of different IP versions", param, ctx)
        return found


class Ports(click.ParamType[tuple[int, int]]):
    """A range of ports, by its first and last one or by its first one and how many there are."""

    name = "first-last"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if not isinstance(value, str):
            return tuple(value)
        first, sign, rest = value.partition("+") if "+" in value else value.partition("-")
        if not first.strip().isdecimal() or (sign and not rest.strip().isdecimal()):
            self.fail(f"{value!r} is no range of ports: 30000-32767, or 30000+2768", param, ctx)
        low = int(first)
        high = low + int(rest) if sign == "+" else int(rest) if sign else low
        if not 0 < low <= high <= 65535:
            self.fail(f"{value!r} is not within 1-65535", param, ctx)
        return low, high


class Servers(click.ParamType[Sequence[str]]):
    """Some of core, extensions and aggregator."""

    name = "name[,name]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Sequence[str]:
        if not isinstance(value, str):
            return tuple(value)
        found = tuple(part.strip() for part in value.split(","))
        for name in found:
            if name not in ("core", "extensions", "aggregator"):
                self.fail(f"{name!r} is none of core, extensions, aggregator", param, ctx)
        return found


class Switches(click.ParamType[dict[str, str]]):
    """`group/version=false,api/beta=true`."""

    name = "key=value,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        if not isinstance(value, str):
            return dict(value)
        parts = (part.strip().partition("=") for part in value.split(",") if part.strip())
        return {key.strip(): on.strip() for key, _, on in parts}


class Words(click.ParamType[tuple[str, ...]]):
    """Words, separated by commas."""

    name = "name,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if not isinstance(value, str):
            return tuple(value)
        return tuple(part.strip() for part in value.split(",") if part.strip())
