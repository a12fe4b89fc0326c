"""The production backend: many kroute processes, on many machines, share one Redis (or Valkey), 7.0 or newer.

For each log, under one hash tag, so that it is one slot of a cluster:

- `{kroute:NAME}:objects`, a hash from key to value,
- `{kroute:NAME}:events`, a stream of changes; an entry's ID is the revision, and it tells the revision before it,
- `{kroute:NAME}:meta`, a hash with the newest `revision`,
- `{kroute:NAME}:deadlines`, a sorted set of the keys that have a TTL.

A write is one Lua script, so that check, clock, value and event are one atomic step.  As each event names the one
before it, a reader notices whatever is missing: trimmed history, writes lost in a failover, an emptied server.
"""
