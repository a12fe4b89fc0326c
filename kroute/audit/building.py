"""From options to an auditor.

Options bear the meaning of kube-apiserver's flags (`--audit-...`).
Mirrors `k8s.io/apiserver/pkg/server/options/audit.go`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kroute.audit import auditor, batching, files, policy, remote, sinks

BATCH, BLOCKING, STRICT = "batch", "blocking", "blocking-strict"
MODES = (BATCH, BLOCKING, STRICT)
FILE_BATCHING = batching.Batching(size=1, wait=0.0, rate=0.0)
"""Lines of a file need nobody's company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How events get to one place: when, and how large they may be (None: any size)."""

    mode: str = BATCH
    batches: batching.Batching = field(default_factory=batching.Batching)
    truncation: sinks.Truncation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Without a policy nothing is recorded.  `log_path` "-" is the standard output, "" no log.

    `backoff` is how many seconds to wait before a webhook is tried again the first time."""

    policy_file: Path | None = None
    log_path: str = ""
    rotation: files.Rotation = field(default_factory=files.Rotation)
    log: Delivery = field(default_factory=lambda: Delivery(mode=BLOCKING, batches=FILE_BATCHING))
    webhook_config_file: Path | None = None
    webhook: Delivery = field(default_factory=Delivery)
    backoff: float = 10.0


def build(options: Options) -> auditor.Auditor | None:
    """The auditor, if anything is to be recorded.  Raises OSError, PolicyError, and ValueError for a bad webhook."""
    if options.policy_file is None:
        return None
    rules, counts = policy.Policy.read(options.policy_file), sinks.Counts()
    targets: list[auditor.Target] = []
    if options.log_path:
        carrier: sinks.Carrier = files.StandardOutput()
        if options.log_path != "-":
            carrier = files.LogFile(Path(options.log_path).absolute(), options.rotation)
        targets.append(target("log", carrier, counts, options.log))
    if options.webhook_config_file is not None:
        webhook = remote.Webhook.read(options.webhook_config_file, backoff=options.backoff)
        targets.append(target("webhook", webhook, counts, options.webhook))
    return auditor.Auditor(rules, targets, counts) if targets else None


def target(name: str, carrier: sinks.Carrier, counts: sinks.Counts, how: Delivery) -> auditor.Target:
    """One place for events."""
    cut = how.truncation
    if how.mode != BATCH:
        sink: sinks.Sink = sinks.Immediate(name, carrier, counts, strict=how.mode == STRICT)
    else:
        together = 0 if cut is None else cut.batch
        sink = batching.Batched(name, carrier, counts, batching=how.batches, bytes_together=together)
    return auditor.Target(sink, 0 if cut is None else cut.event)
