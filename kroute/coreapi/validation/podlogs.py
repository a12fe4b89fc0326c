"""The options of `pods/log`.  Mirrors ValidatePodLogOptions of `pkg/apis/core/validation`."""

from __future__ import annotations

from collections.abc import Mapping

from kroute.coreapi import checks
from kroute.machinery import fielderrors

STREAMS = ("All", "Stdout", "Stderr")


def validate(options: Mapping[str, str]) -> checks.Found:
    """Options as they stand in a query; numbers are known to be numbers."""
    for name, least in (("tailLines", 0), ("limitBytes", 1)):
        if name in options and int(options[name]) < least:
            yield fielderrors.invalid(name, int(options[name]), too_small(least))
    seconds = options.get("sinceSeconds")
    if seconds is not None and options.get("sinceTime"):
        yield fielderrors.forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified")
    elif seconds is not None and int(seconds) < 1:
        yield fielderrors.invalid("sinceSeconds", int(seconds), too_small(1))
    if options.get("stream", "All") not in STREAMS:
        yield fielderrors.not_supported("stream", options["stream"], STREAMS)


def too_small(least: int) -> str:
    return "must be greater than or equal to 0" if least == 0 else "must be greater than 0"
