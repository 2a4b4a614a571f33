-- Deletes the oldest finished jobs while all of them have more bytes than the capacity, but never the newest one, nor one whose
-- callback waits. ARGV: capacity in bytes, seconds that a result is stored, maximum number of jobs, maximum sum of their bytes,
-- maximum number of tokens to remember. Returns 'ok', the bytes of all finished jobs, the number of evicted jobs, and 1 if more must go.
local capacity, retention, most, most_bytes = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local function bytes() return (tonumber(redis.call('GET', P .. 'kept_bytes') or 0) or 0) + held_bytes() end
local evicted, evicted_bytes = 0, 0

-- Whether an entry of the index is still a finished job. Otherwise its retention has ended, or an earlier release has redriven it.
local function is_stored(token, size, ended_at)
  local f = redis.pcall('HMGET', job_key(token), 'state', 'kept', 'ended_at')
  return not f.err and f[1] and f[1] ~= '0' and f[1] ~= '1' and f[2] == size and f[3] == ended_at
end

local function evict(token, ended_at)
  delete_finished(token)
  redis.call('ZADD', P .. 'evicted', whole(ended_at + retention * 1000000), token)
  redis.call('EXPIRE', P .. 'evicted', retention)
end

-- Looks at the oldest entry. Returns whether there is more to do.
local function step()
  local oldest = redis.call('ZRANGE', P .. 'finished', 0, 0, 'WITHSCORES')
  local token, size = string.match(oldest[1] or '', '^(.*) (%d+)$')
  if not oldest[1] then return false end
  if token and is_stored(token, size, whole(tonumber(oldest[2]))) then
    if bytes() <= capacity or evicted == most or evicted_bytes >= most_bytes then return false end
    if redis.call('ZCARD', P .. 'finished') == 1 then return false end
    go_beyond_maxmemory()
    if notice_end(token) then return true end
    evict(token, tonumber(oldest[2]))
    evicted, evicted_bytes = evicted + 1, evicted_bytes + size
  end
  go_beyond_maxmemory()
  uncount(oldest[1])
  return true
end

for _ = 1, 1024 do
  if not step() then break end
end

-- A job whose callback ended late is stored for longer than jobs that ended after it: the oldest entry may be stored although later
-- ones have expired. Looks at some of them, now here, now there.
local old = whole(NOW - retention * 1000000)
local count = redis.call('ZCOUNT', P .. 'finished', '-inf', old)
local from = count > 64 and NOW % (count - 63) or 0
local entries = redis.call('ZRANGEBYSCORE', P .. 'finished', '-inf', old, 'WITHSCORES', 'LIMIT', whole(from), 64)
for i = 1, #entries, 2 do
  local token, size = string.match(entries[i], '^(.*) (%d+)$')
  if not token or not is_stored(token, size, whole(tonumber(entries[i + 1]))) then
    go_beyond_maxmemory()
    uncount(entries[i])
  end
end
if evicted > 0 then
  redis.call('ZREMRANGEBYSCORE', P .. 'evicted', '-inf', whole(NOW))
  redis.call('ZREMRANGEBYRANK', P .. 'evicted', 0, -ARGV[5] - 1)
end
local more = bytes() > capacity and redis.call('ZCARD', P .. 'finished') > 1
return {'ok', whole(bytes()), evicted, more and 1 or 0}
