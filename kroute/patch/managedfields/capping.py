"""Keeping the number of updaters of one object small.

When there are more than ten, the oldest ones of each API version are merged into one entry, "ancient-changes".
Appliers are never merged.  Mirrors `managedfields/internal/capmanagers.go`.
"""

from __future__ import annotations

from kroute.patch.managedfields import entries, fieldsets

MAX_UPDATERS = 10
MANAGER = "ancient-changes"


def capped(managers: entries.Managers) -> entries.Managers:
    """The managers with old updaters merged, if there are too many."""
    updaters = [who for who in managers if who.operation == entries.UPDATE]
    if len(updaters) <= MAX_UPDATERS:
        return managers
    updaters.sort(key=lambda who: (managers[who].time or "", entries.token(who)))
    result = dict(managers)
    left = len(updaters)
    first: dict[str, entries.Identity] = {}
    for who in updaters:
        if left <= MAX_UPDATERS:
            break
        entry = result.get(who)
        if entry is None or first.setdefault(entry.api_version, who) == who:
            continue
        older = result.pop(first[entry.api_version])
        del result[who]
        bucket = first[entry.api_version] = entries.identity(MANAGER, entries.UPDATE, entry.api_version, "")
        fields = fieldsets.union(entry.fields, older.fields)
        if bucket in result:
            fields = fieldsets.union(fields, result[bucket].fields)
            left -= 1
        result[bucket] = entries.Entry(fields, entry.api_version, entry.time)
        left -= 1
    return result
