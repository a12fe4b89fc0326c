-- ARGV: key, ticks to keep, events to keep at most, expected revision.
-- Answers the last value as deleted; 0 for no such key, the negative actual revision for a conflict.
local key = ARGV[1]
local stored = redis.call('HGET', objects, key)
if not stored then
  return 0
end
local actual = revision_of(stored)
if actual ~= ARGV[4] then
  return -tonumber(actual)
end
return remove(key, stored, now(), tonumber(ARGV[2]), ARGV[3])
