-- Gives a log its first revision, if it has none.  Answers the newest revision.
local newest = last(now())
redis.call('HSET', meta, 'revision', digits(newest))
return newest
