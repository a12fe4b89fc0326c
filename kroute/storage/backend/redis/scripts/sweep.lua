-- Deletes keys whose deadline has passed.  ARGV: how many at most, ticks to keep, events to keep at most.
-- Answers how many deadlines it handled.
local clock = now()
local due = redis.call('ZRANGEBYSCORE', deadlines, '-inf', digits(clock / 100), 'LIMIT', 0, ARGV[1])
for _, key in ipairs(due) do
  local stored = redis.call('HGET', objects, key)
  if stored then
    remove(key, stored, clock, tonumber(ARGV[2]), ARGV[3])
  else
    redis.call('ZREM', deadlines, key)
  end
end
return #due
