"""Probes and life cycle hooks of containers, and the actions that both are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
PROBE_HANDLERS = HANDLERS[:4]
LIFECYCLE_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
TIMES = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
SIGNALS = frozenset({
    "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO",
    "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGSEGV", "SIGSTKFLT", "SIGSTOP",
    "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM",
    "SIGWINCH", "SIGXCPU", "SIGXFSZ", "SIGRTMIN", "SIGRTMAX", *(f"SIGRTMIN+{number}" for number in range(1, 16)),
    *(f"SIGRTMAX-{number}" for number in range(1, 15)),
})  # fmt: skip
SIGNALS_BY_SYSTEM = {"linux": SIGNALS, "windows": frozenset({"SIGKILL", "SIGTERM"})}


def validate_probes(container: Object, grace: int | None, path: str) -> checks.Found:
    """All three probes; `grace` is the pod's grace period."""
    liveness, readiness, startup = (container.get(kind) for kind in ("livenessProbe", "readinessProbe", "startupProbe"))
    if liveness is not None:
        yield from validate_probe(liveness, grace, f"{path}.livenessProbe")
        yield from validate_one_success(liveness, f"{path}.livenessProbe")
    if readiness is not None:
        yield from validate_probe(readiness, grace, f"{path}.readinessProbe")
        period = readiness.get("terminationGracePeriodSeconds")
        if period is not None:
            at = f"{path}.readinessProbe.terminationGracePeriodSeconds"
            yield fielderrors.invalid(at, period, "must not be set for readinessProbes")
    if startup is not None:
        yield from validate_probe(startup, grace, f"{path}.startupProbe")
        yield from validate_one_success(startup, f"{path}.startupProbe")


def validate_probe(probe: Object, grace: int | None, path: str) -> checks.Found:
    yield from validate_handler(probe, PROBE_HANDLERS, grace, path)
    yield from checks.non_negative(probe, path, *TIMES)
    period = probe.get("terminationGracePeriodSeconds")
    if period is not None and period <= 0:
        yield fielderrors.invalid(f"{path}.terminationGracePeriodSeconds", period, "must be greater than 0")


def validate_one_success(probe: Object, path: str) -> checks.Found:
    threshold = probe.get("successThreshold") or 0
    if threshold != 1:
        yield fielderrors.invalid(f"{path}.successThreshold", threshold, "must be 1")


def validate_lifecycle(container: Object, grace: int | None, system: Object | None, path: str) -> checks.Found:
    """Hooks and the stop signal; `system` is the pod's `os`."""
    lifecycle = container.get("lifecycle")
    if lifecycle is None:
        return
    for hook in ("postStart", "preStop"):
        if lifecycle.get(hook) is not None:
            yield from validate_handler(lifecycle[hook], LIFECYCLE_HANDLERS, grace, f"{path}.lifecycle.{hook}")
    signal = lifecycle.get("stopSignal")
    if signal is not None:
        at = f"{path}.lifecycle.stopSignal"
        if system is None:
            yield fielderrors.forbidden(at, "may not be set for containers with empty `spec.os.name`")
        else:
            known = SIGNALS_BY_SYSTEM.get(system.get("name") or "")
            if known is not None:
                yield from checks.one_of(signal, known, at)


def validate_handler(handler: Object, kinds: tuple[str, ...], grace: int | None, path: str) -> checks.Found:
    """Exactly one action."""
    given = [kind for kind in kinds if handler.get(kind) is not None]
    if not given:
        yield fielderrors.required(path, "must specify a handler type")
        return
    yield from validate_action(given[0], handler[given[0]], grace, f"{path}.{given[0]}")
    for kind in given[1:]:
        yield fielderrors.forbidden(f"{path}.{kind}", "may not specify more than 1 handler type")


def validate_action(kind: str, action: Object, grace: int | None, path: str) -> checks.Found:
    if kind == "exec":
        yield from checks.required(action.get("command"), f"{path}.command")
    elif kind == "httpGet":
        yield from validate_http(action, path)
    elif kind == "sleep":
        seconds = action.get("seconds") or 0
        if grace is not None and not 0 <= seconds <= grace:
            text = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
            yield fielderrors.invalid(path, seconds, text)
    else:
        yield from checks.port_number_or_name(action.get("port", 0), f"{path}.port")


def validate_http(action: Object, path: str) -> checks.Found:
    yield from checks.required(action.get("path"), f"{path}.path")
    yield from checks.port_number_or_name(action.get("port", 0), f"{path}.port")
    yield from checks.one_of(action.get("scheme") or "", ("HTTP", "HTTPS"), f"{path}.scheme")
    for header in action.get("httpHeaders") or ():
        yield from checks.text(header.get("name") or "", names.header_name, f"{path}.httpHeaders")
