"""Cron jobs.  Mirrors the parts of `pkg/apis/batch/validation` about them; schedules are read by `cronschedule`."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import cronschedule, jobs
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]

POLICIES = ("Allow", "Forbid", "Replace")
LONGEST_NAME = 52
"""Jobs get the name and eleven characters more, and theirs may have 63."""
ZONE_PART = re.compile(r"[A-Za-z.\-_0-9+]{1,14}")
ZONE_IN_SCHEDULE = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
TWO_ZONES = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
EXPLICIT_ZONE = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"


def validate(obj: Object) -> checks.Found:
    """A new cron job."""
    yield from validate_spec(obj.get("spec") or {}, None)
    name = obj["metadata"].get("name") or ""
    if names.size(name) > LONGEST_NAME:
        yield fielderrors.invalid("metadata.name", name, f"must be no more than {LONGEST_NAME} characters")


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from validate_spec(obj.get("spec") or {}, old.get("spec") or {})


def validate_spec(spec: Object, before: Object | None) -> checks.Found:
    yield from validate_schedule(spec, before)
    yield from checks.non_negative(spec, "spec", "startingDeadlineSeconds")
    zone = spec.get("timeZone")
    if zone is not None and (before is None or before.get("timeZone") != zone):
        yield from validate_zone(zone, "spec.timeZone")
    yield from checks.required_one_of(spec.get("concurrencyPolicy"), POLICIES, "spec.concurrencyPolicy")
    old_template = None if before is None else before.get("jobTemplate") or {}
    yield from jobs.validate_template(spec.get("jobTemplate") or {}, old_template, "spec.jobTemplate")
    yield from checks.non_negative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def validate_schedule(spec: Object, before: Object | None) -> checks.Found:
    """A schedule without a time zone; one that had it keeps it."""
    schedule = spec.get("schedule") or ""
    if not schedule:
        yield fielderrors.required("spec.schedule")
        return
    try:
        cronschedule.check(schedule)
    except cronschedule.ScheduleError as error:
        yield fielderrors.invalid("spec.schedule", schedule, str(error))
    if "TZ" not in schedule:
        return
    if before is None or "TZ" not in (before.get("schedule") or ""):
        yield fielderrors.invalid("spec.schedule", schedule, ZONE_IN_SCHEDULE)
    elif spec.get("timeZone") is not None:
        yield fielderrors.invalid("spec.schedule", schedule, TWO_ZONES)


def validate_zone(zone: str, path: str) -> checks.Found:
    if not zone:
        yield fielderrors.invalid(path, zone, "timeZone must be nil or non-empty string")
        return
    for part in zone.split("/"):
        if part in (".", "..") or part.startswith("-") or not ZONE_PART.fullmatch(part):
            yield fielderrors.invalid(path, zone, f"unknown time zone {zone}")
            return
    if zone.lower() == "local":
        yield fielderrors.invalid(path, zone, EXPLICIT_ZONE)
    if zone != "Local" and not is_known(zone):
        yield fielderrors.invalid(path, zone, f"unknown time zone {zone}")


def is_known(zone: str) -> bool:
    """Whether the time zone is in the database of the system or of the package tzdata."""
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
