"""Cron jobs: schedules, time zones and templates."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import cronjobs, cronschedule, workloadwarnings
from tests.unit.coreapi import harness

KIND = "batch/v1/CronJob"


def wrong(make: harness.Maker, spec: harness.Patch, before: harness.Patch | None = None) -> list[str]:
    """What is wrong with a cron job, or with an update of one that had `before`."""
    new = make.minimal(KIND, {"spec": spec})
    if before is None:
        found = harness.texts(cronjobs.validate(new))
    else:
        found = harness.texts(cronjobs.validate_update(new, make.minimal(KIND, {"spec": before})))
    return [text.removeprefix("spec.") for text in found]


def reading(schedule: str) -> list[str]:
    """Why a schedule can't be read."""
    try:
        cronschedule.check(schedule)
    except cronschedule.ScheduleError as error:
        return [str(error)]
    return []


@pytest.mark.parametrize(
    "schedule, expected",
    [
        (" ", ["expected exactly 5 fields, found 0: []"]),
        ("* * * *", ["expected exactly 5 fields, found 4: [* * * *]"]),
        ("* * * * * *", ["expected exactly 5 fields, found 6: [* * * * * *]"]),
        ("60 * * * *", ["end of range (60) above maximum (59): 60"]),
        ("* 24 * * *", ["end of range (24) above maximum (23): 24"]),
        ("* * 0 * *", ["beginning of range (0) below minimum (1): 0"]),
        ("* * * 13 *", ["end of range (13) above maximum (12): 13"]),
        ("* * * * 7", ["end of range (7) above maximum (6): 7"]),
        ("5-1 * * * *", ["beginning of range (5) beyond end of range (1): 5-1"]),
        ("1-2-3 * * * *", ["too many hyphens: 1-2-3"]),
        ("1/2/3 * * * *", ["too many slashes: 1/2/3"]),
        ("*/0 * * * *", ["step of range should be a positive number: */0"]),
        ("a * * * *", ['failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax']),
        ("-1 * * * *", ['failed to parse int from : strconv.Atoi: parsing "": invalid syntax']),
        (
            "99999999999999999999 * * * *",
            ['failed to parse int from 99999999999999999999: strconv.Atoi: parsing "99999999999999999999": ...'],
        ),
        ("* * * jan/x *", ['failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax']),
        ("* * * sun *", ['failed to parse int from sun: strconv.Atoi: parsing "sun": invalid syntax']),
        ("@often", ["unrecognized descriptor: @often"]),
        ("@every", ["unrecognized descriptor: @every"]),
        ("@every soon", ['failed to parse duration @every soon: time: invalid duration "soon"']),
        ("TZ=Nowhere/Else * * * * *", ["provided bad location Nowhere/Else: unknown time zone Nowhere/Else"]),
        ("TZ=UTC", ["expected exactly 5 fields, found 0: []"]),
    ],
)
def test_schedules_that_can_t_be_read(schedule: str, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(reading(schedule), expected)


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * * *",
        "*/5 0-12/3 1,15 jan-mar mon-fri",
        "? ? ? ? ?",
        "5/10 * * * SUN",
        "1,,2 * * * *",
        "@daily",
        "@every 1h30m",
        "CRON_TZ=Etc/UTC 0 3 * * *",
        "TZ=Local @hourly",
    ],
)
def test_schedules_that_can_be_read(schedule: str) -> None:
    assert reading(schedule) == []


@pytest.mark.timeout(5)
def test_a_long_schedule_is_read_quickly() -> None:
    assert reading("1," * 50_000 + "x * * * *")
    assert reading("1-" * 50_000 + " * * * *")


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"schedule": ""}, ["schedule: Required value"]),
        ({"schedule": "* * *"}, ['schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]']),
        (
            {"schedule": "TZ=UTC 0 3 * * *"},
            ['schedule: Invalid value: "TZ=UTC 0 3 * * *": cannot use TZ or CRON_TZ in schedule, use ...'],
        ),
        (
            {"schedule": "CRON_TZ=Nowhere 0 3 * * *", "timeZone": "Etc/UTC"},
            [
                'schedule: Invalid value: "CRON_TZ=Nowhere 0 3 * * *": provided bad location Nowhere: unknown ...',
                'schedule: Invalid value: "CRON_TZ=Nowhere 0 3 * * *": cannot use TZ or CRON_TZ in schedule, ...',
            ],
        ),
        (
            {"startingDeadlineSeconds": -1, "successfulJobsHistoryLimit": -1, "failedJobsHistoryLimit": -1},
            [
                "startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
                "successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
                "failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            {"concurrencyPolicy": "Odd"},
            ['concurrencyPolicy: Unsupported value: "Odd": supported values: "Allow", "Forbid", "Replace"'],
        ),
        (
            {
                "jobTemplate": {
                    "spec": {"parallelism": -1, "selector": {"matchLabels": {"a": "b"}}, "manualSelector": True}
                }
            },
            [
                "jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
                'jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be ...',
                'jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
            ],
        ),
        (
            {"jobTemplate": {"spec": {"template": {"spec": {"containers": [], "restartPolicy": "Always"}}}}},
            [
                "jobTemplate.spec.template.spec.containers: Required value",
                'jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
            ],
        ),
        ({"timeZone": ""}, ['timeZone: Invalid value: "": timeZone must be nil or non-empty string']),
        ({"timeZone": "Nowhere/Else"}, ['timeZone: Invalid value: "Nowhere/Else": unknown time zone Nowhere/Else']),
        (
            {"timeZone": "../../etc/passwd"},
            ['timeZone: Invalid value: "../../etc/passwd": unknown time zone ../../etc/passwd'],
        ),
        ({"timeZone": "-x/y"}, ['timeZone: Invalid value: "-x/y": unknown time zone -x/y']),
        (
            {"timeZone": "a-name-too-long-for-a-zone"},
            ['timeZone: Invalid value: "a-name-too-long-for-a-zone": unknown time zone a-name-too-long-for-a-zone'],
        ),
        (
            {"timeZone": "Local"},
            ['timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in ...'],
        ),
        (
            {"timeZone": "local"},
            [
                'timeZone: Invalid value: "local": timeZone must be an explicit time zone as defined in ...',
                'timeZone: Invalid value: "local": unknown time zone local',
            ],
        ),
    ],
)
def test_cron_jobs_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "before, spec, expected",
    [
        (
            {},
            {"schedule": "TZ=UTC 0 3 * * *"},
            ['schedule: Invalid value: "TZ=UTC 0 3 * * *": cannot use TZ or CRON_TZ in schedule, use ...'],
        ),
        (
            {"schedule": "TZ=UTC 0 3 * * *"},
            {"schedule": "TZ=UTC 0 4 * * *", "timeZone": "Etc/UTC"},
            ['schedule: Invalid value: "TZ=UTC 0 4 * * *": cannot use both timeZone field and TZ or CRON_TZ ...'],
        ),
        (
            {"timeZone": "Nowhere"},
            {"timeZone": "Elsewhere"},
            ['timeZone: Invalid value: "Elsewhere": unknown time zone Elsewhere'],
        ),
    ],
)
def test_updates_that_are_refused(
    before: harness.Patch, spec: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, spec, before), expected)


@pytest.mark.parametrize(
    "before, spec, expected",
    [
        ({"schedule": "TZ=UTC 0 3 * * *"}, {"schedule": "TZ=UTC 0 4 * * *"}, []),
        ({"timeZone": "Nowhere"}, {"timeZone": "Nowhere", "suspend": True}, []),
        ({}, {"timeZone": "Europe/Berlin", "concurrencyPolicy": "Forbid"}, []),
    ],
)
def test_updates_that_are_accepted(
    before: harness.Patch, spec: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, spec, before), expected)


def test_names_leave_room_for_those_of_jobs(make: harness.Maker) -> None:
    name = "a" * 53
    long, other = (make.minimal(KIND, {"metadata": {"name": each}}) for each in (name, name[1:]))
    text = f'metadata.name: Invalid value: "{name}": must be no more than 52 characters'
    assert harness.texts(cronjobs.validate(long)) == [text]
    assert not harness.texts(cronjobs.validate(other))
    assert not harness.texts(cronjobs.validate_update(long, long))


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"schedule": "TZ=UTC 0 3 * * *"}, "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead"),
        ({"jobTemplate": {"spec": {"template": {"spec": {"nodeSelector": {"beta.kubernetes.io/os": "a"}}}}}},
         "spec.jobTemplate.spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "
         '"kubernetes.io/os" instead'),
    ],
)  # fmt: skip
def test_warnings(spec: dict[str, Any], expected: str, make: harness.Maker) -> None:
    assert list(workloadwarnings.of_cron_job(make.minimal(KIND, {"spec": spec}))) == [expected]
