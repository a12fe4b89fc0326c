"""What the flags of audit, fairness, limits and encryption come to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from kroute import cli, flags, settings
from kroute.audit import batching, building, files, sinks


def chosen(*arguments: str) -> settings.Settings:
    """The settings of `kroute serve` with these arguments."""
    context = cli.serve.make_context("serve", list(arguments))
    given: dict[str, Any] = {name: value for name, value in context.params.items() if name != "target"}
    given["authorization_mode"] = given["authorization_mode"] or ()
    return flags.settings_of(given)


def test_without_flags_nothing_is_recorded_and_requests_are_shared_out_fairly() -> None:
    found = chosen()
    assert found.audit == building.Options()
    assert found.encryption_config is None
    assert found.limits.priority_and_fairness
    assert (found.limits.connections, found.limits.watch_timeout) == (0, 1800.0)


def test_flags_say_where_events_go_and_how(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.touch()
    found = chosen(
        "--audit-policy-file", str(file),
        "--audit-log-path", "-",
        "--audit-log-maxsize", "5",
        "--audit-log-maxage", "6",
        "--audit-log-maxbackup", "7",
        "--audit-log-compress", "true",
        "--audit-log-mode", "blocking-strict",
        "--audit-log-truncate-enabled", "true",
        "--audit-log-truncate-max-event-size", "8",
        "--audit-webhook-config-file", str(file),
        "--audit-webhook-batch-max-wait", "9s",
        "--audit-webhook-batch-buffer-size", "10",
        "--audit-webhook-batch-throttle-enable", "false",
        "--audit-webhook-initial-backoff", "11s",
    ).audit  # fmt: skip
    assert (found.policy_file, found.webhook_config_file, found.log_path, found.backoff) == (file, file, "-", 11.0)
    assert found.rotation == files.Rotation(size=5, age=6, backups=7, compress=True)
    assert found.log == building.Delivery(
        mode=building.STRICT, batches=building.FILE_BATCHING, truncation=sinks.Truncation(event=8)
    )
    assert found.webhook.batches == batching.Batching(buffer=10, wait=9.0, rate=0.0)


def test_flags_bound_what_is_worked_on() -> None:
    limits = chosen(
        "--enable-priority-and-fairness", "false", "--max-connections", "12", "--min-request-timeout", "60"
    ).limits
    assert not limits.priority_and_fairness
    assert (limits.connections, limits.watch_timeout) == (12, 60.0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--audit-log-mode", "sometimes"],
        ["--audit-log-format", "legacy"],
        ["--audit-policy-file", "/nowhere"],
        ["--audit-log-maxsize", "0"],
        ["--max-connections", "-1"],
        ["--encryption-provider-config", "/nowhere"],
    ],
)
def test_flags_that_mean_nothing_are_refused(arguments: list[str]) -> None:
    with pytest.raises(click.BadParameter):
        chosen(*arguments)
