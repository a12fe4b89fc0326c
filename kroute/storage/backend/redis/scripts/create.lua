-- ARGV: key, place, head, tail, TTL in milliseconds or "", ticks to keep, events to keep at most.
-- Answers the revision; 0 when the key exists.
local key = ARGV[1]
if redis.call('HEXISTS', objects, key) == 1 then
  return 0
end
local clock = now()
local previous = last(clock)
local revision = digits(math.max(previous + 1, clock))
local stored = ARGV[2] .. ARGV[3] .. revision .. ARGV[4]
record('ADDED', key, revision, digits(previous), stored, tonumber(ARGV[6]), ARGV[7])
redis.call('HSET', objects, key, stored)
if ARGV[5] ~= '' then
  redis.call('ZADD', deadlines, clock / 100 + tonumber(ARGV[5]), key)
end
return tonumber(revision)
