-- One process among many.  KEYS: the place of the elected one's name; ARGV: name, milliseconds it holds.
-- Answers 1 to the elected one.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
