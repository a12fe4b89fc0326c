"""The flags of auditing, and the options that they come to.

They bear kube-apiserver's names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from kroute.audit import batching, building, files, sinks
from kroute.flags import kinds

HEADING = "Auditing"
FILE, DURATION = kinds.FILE, kinds.Duration()


def options() -> Sequence[Callable[[Any], Any]]:
    """All of them, in order."""

    def option(name: str, **rest: Any) -> Callable[[Any], Any]:
        return kinds.option(HEADING, name, **{"show_default": rest.get("default") not in (None, "", 0, False), **rest})

    return [
        option("--audit-policy-file", type=FILE, help="What to record: an audit.k8s.io/v1 Policy."),
        option("--audit-log-path", default="", metavar="PATH", help="File to record to; - is the standard output."),
        option("--audit-log-maxsize", type=click.IntRange(1), default=100, help="Megabytes that the file may have."),
        option("--audit-log-maxage", type=click.IntRange(0), default=0, help="Days to keep old files; 0 is for ever."),
        option("--audit-log-maxbackup", type=click.IntRange(0), default=0, help="Old files to keep; 0 keeps all."),
        option("--audit-log-compress", type=bool, default=False, help="Whether old files are compressed with gzip."),
        option("--audit-log-format", type=click.Choice(["json"]), default="json", help="Form of the lines."),
        *_of_sink(option, "log", building.BLOCKING, building.FILE_BATCHING),
        option("--audit-webhook-config-file", type=FILE, help="Kubeconfig of a server to send events to."),
        option(
            "--audit-webhook-initial-backoff",
            type=DURATION,
            default="10s",
            help="Pause before events are sent there the second time.",
        ),
        *_of_sink(option, "webhook", building.BATCH, batching.Batching()),
    ]


def _of_sink(
    option: Callable[..., Callable[[Any], Any]],
    sink: str,
    mode: str,
    plain: batching.Batching,
) -> list[Callable[[Any], Any]]:
    throttled, cut = plain.rate > 0, sinks.Truncation()
    start, many = f"--audit-{sink}", click.IntRange(1)
    return [
        option(f"{start}-mode", type=click.Choice(building.MODES), default=mode, help="Whether requests wait for it."),
        option(f"{start}-batch-buffer-size", type=many, default=plain.buffer, help="Events that may wait."),
        option(f"{start}-batch-max-size", type=many, default=plain.size, help="Events that go together."),
        option(f"{start}-batch-max-wait", type=DURATION, default=f"{plain.wait:g}s", help="How long one may wait."),
        option(f"{start}-batch-throttle-enable", type=bool, default=throttled, help="Whether batches are throttled."),
        option(f"{start}-batch-throttle-qps", type=float, default=10.0, help="Batches in a second then."),
        option(f"{start}-batch-throttle-burst", type=many, default=plain.burst, help="Batches at once then."),
        option(f"{start}-truncate-enabled", type=bool, default=False, help="Whether large events lose their objects."),
        option(f"{start}-truncate-max-event-size", type=many, default=cut.event, help="Bytes an event may have then."),
        option(f"{start}-truncate-max-batch-size", type=many, default=cut.batch, help="Bytes together then."),
    ]


def options_of(flags: Mapping[str, Any]) -> building.Options:
    """What the flags come to."""
    return building.Options(
        policy_file=flags["audit_policy_file"],
        log_path=flags["audit_log_path"],
        rotation=files.Rotation(
            size=flags["audit_log_maxsize"],
            age=flags["audit_log_maxage"],
            backups=flags["audit_log_maxbackup"],
            compress=flags["audit_log_compress"],
        ),
        log=_delivery(flags, "log"),
        webhook_config_file=flags["audit_webhook_config_file"],
        webhook=_delivery(flags, "webhook"),
        backoff=flags["audit_webhook_initial_backoff"],
    )


def _delivery(flags: Mapping[str, Any], sink: str) -> building.Delivery:
    given = {name.removeprefix(f"audit_{sink}_"): value for name, value in flags.items()}
    cut = sinks.Truncation(event=given["truncate_max_event_size"], batch=given["truncate_max_batch_size"])
    return building.Delivery(
        mode=given["mode"],
        batches=batching.Batching(
            buffer=given["batch_buffer_size"],
            size=given["batch_max_size"],
            wait=given["batch_max_wait"],
            rate=given["batch_throttle_qps"] if given["batch_throttle_enable"] else 0.0,
            burst=given["batch_throttle_burst"],
        ),
        truncation=cut if given["truncate_enabled"] else None,
    )
