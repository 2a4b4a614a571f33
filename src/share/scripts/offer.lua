-- DIGEST OWNER TTL CAPACITY VALUE: stores the artifact until TTL ms after its last use, and ends OWNER's claim.
-- All artifacts together have at most CAPACITY bytes; the least recently used are removed first.
local P, digest, owner, ttl, capacity, value = KEYS[1], unpack(ARGV)
local used, sizes, bytes = P .. 'artifacts:used', P .. 'artifacts:sizes', P .. 'artifacts:bytes'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The total is changed first: a full Redis refuses that command, and then nothing has changed.
local function forget(one)
  redis.call('DECRBY', bytes, redis.call('HGET', sizes, one) or 0)
  redis.call('UNLINK', P .. 'artifact:' .. one)
  redis.call('HDEL', sizes, one)
  redis.call('ZREM', used, one)
end

forget(digest)
for _, expired in ipairs(redis.call('ZRANGEBYSCORE', used, '-inf', now - ttl)) do forget(expired) end
while tonumber(redis.call('GET', bytes)) + #value > tonumber(capacity) do
  local oldest = redis.call('ZRANGE', used, 0, 0)[1]
  if not oldest then  -- Another client has changed a key, so the total is wrong.
    redis.call('SET', bytes, 0)
    break
  end
  forget(oldest)
end

redis.call('SET', P .. 'artifact:' .. digest, value, 'PX', ttl)
redis.call('HSET', sizes, digest, #value)
redis.call('ZADD', used, now, digest)
redis.call('INCRBY', bytes, #value)
for _, key in ipairs({used, sizes, bytes}) do redis.call('PEXPIRE', key, ttl) end
local claim = P .. 'artifact-claim:' .. digest
if redis.call('GET', claim) == owner then redis.call('DEL', claim) end
return 1
