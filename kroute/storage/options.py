"""The options of each verb, parsed and validated, as storage objects get them.

The actions read them from queries and bodies.  Mirrors `meta/v1` ListOptions, GetOptions, CreateOptions,
UpdateOptions, DeleteOptions and TableOptions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kroute.machinery import fields, labels


@dataclass(frozen=True, slots=True, kw_only=True)
class GetOptions:
    """`resource_version`: "" consistent, "0" any, else not older than."""

    resource_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """Options of list, watch and deletecollection.

    `send_initial_events` None means not given; `timeout` is in seconds."""

    label_selector: labels.Selector = field(default_factory=labels.everything)
    field_selector: fields.Selector = field(default_factory=fields.everything)
    resource_version: str = ""
    resource_version_match: str = ""
    limit: int = 0
    continue_: str = ""
    watch: bool = False
    allow_watch_bookmarks: bool = False
    send_initial_events: bool | None = None
    timeout: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """Options of create, update and patch.

    `field_validation` is "", Ignore, Warn or Strict; `force` is of apply alone."""

    dry_run: bool = False
    field_manager: str = ""
    field_validation: str = ""
    force: bool = False


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What must be true of the object as it is: its uid and its resourceVersion, where given."""

    uid: str | None = None
    resource_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOptions:
    """Options of delete and deletecollection; None is "not given".

    `propagation_policy` is Orphan, Background or Foreground."""

    grace_period_seconds: int | None = None
    preconditions: Preconditions = field(default_factory=Preconditions)
    orphan_dependents: bool | None = None
    propagation_policy: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class TableOptions:
    """`include_object` is Metadata (the default), Object or None; `headers` False leaves out the column definitions."""

    include_object: str = "Metadata"
    headers: bool = True
