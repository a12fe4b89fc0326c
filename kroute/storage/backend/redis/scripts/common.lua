-- What all operations share.  A stored value is prefixed with the place of its revision, eight digits.
local objects, events, meta, deadlines = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local function digits(number)
  return string.format('%.0f', number)
end

local function now()
  local time = redis.call('TIME')
  return time[1] * 100000 + math.floor(time[2] / 10)
end

-- The newest revision; for a log without one, that of its making.
local function last(clock)
  local found = redis.call('HGET', meta, 'revision')
  if found then
    return tonumber(found)
  end
  local newest = redis.call('XREVRANGE', events, '+', '-', 'COUNT', 1)
  if newest[1] then
    return tonumber(string.match(newest[1][1], '^%d+'))
  end
  return clock - 1
end

-- The revision in a stored value, and where it begins there.
local function revision_of(stored)
  local at = tonumber(string.sub(stored, 1, 8)) + 9
  return string.sub(stored, at, at + 14), at
end

-- Adds the event of a change.  First of all writes, as it is the one that Redis can refuse.
local function record(kind, key, revision, previous, stored, keep, most)
  redis.call('XADD', events, 'MINID', '~', digits(math.max(0, tonumber(revision) - keep)), revision .. '-0',
    't', kind, 'k', key, 'p', previous, 'v', stored)
  if tonumber(revision) % 64 == 0 then
    redis.call('XTRIM', events, 'MAXLEN', '~', most)
  end
  redis.call('HSET', meta, 'revision', revision)
end

-- Removes a key, whose stored value is given; gives the last value as deleted.
local function remove(key, stored, clock, keep, most)
  local previous = last(clock)
  local revision = digits(math.max(previous + 1, clock))
  local _, at = revision_of(stored)
  local final = string.sub(stored, 1, at - 1) .. revision .. string.sub(stored, at + 15)
  record('DELETED', key, revision, digits(previous), final, keep, most)
  redis.call('HDEL', objects, key)
  redis.call('ZREM', deadlines, key)
  return final
end
