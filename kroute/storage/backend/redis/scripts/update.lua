-- ARGV: key, place, head, tail, TTL in milliseconds or "" (keep the deadline), ticks to keep, events to keep
-- at most, expected revision.  Answers the revision; 0 for no such key, the negative actual revision for a conflict.
local key = ARGV[1]
local old = redis.call('HGET', objects, key)
if not old then
  return 0
end
local actual = revision_of(old)
if actual ~= ARGV[8] then
  return -tonumber(actual)
end
local clock = now()
local previous = last(clock)
local revision = digits(math.max(previous + 1, clock))
local stored = ARGV[2] .. ARGV[3] .. revision .. ARGV[4]
record('MODIFIED', key, revision, digits(previous), stored, tonumber(ARGV[6]), ARGV[7])
redis.call('HSET', objects, key, stored)
if ARGV[5] ~= '' then
  redis.call('ZADD', deadlines, clock / 100 + tonumber(ARGV[5]), key)
end
return tonumber(revision)
