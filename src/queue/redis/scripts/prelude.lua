-- Precedes every script. KEYS[1] is the prefix of all keys, with the hash tag of the shard.
local P = KEYS[1]
local TIME = redis.call('TIME')
local NOW = TIME[1] * 1000000 + TIME[2]

local function whole(number) return string.format('%.0f', number) end
local function job_key(token) return P .. 'job:' .. token end

-- Whether a job is leased or terminal. False for an invalid state: claim.lua then reports the job as damaged.
local function is_past_waiting(state) return state and (state == 'expired' or string.match(state, '^[1-4]$') ~= nil) end

-- Whether a queued job must expire instead of being leased. With an invalid time it never expires.
local function is_time(text) return text and string.match(text, '^%d+$') ~= nil and #text <= 16 end
local function is_overdue(not_after)
  return is_time(not_after) and tonumber(not_after) > 0 and tonumber(not_after) <= NOW
end

-- The fields of a job in the order of C++'s Field; nil if the key is missing or not a hash. An expired job is stored as
-- cancelled with a mark, so that an earlier release reads it as cancelled.
local function job_fields(token)
  local f = redis.pcall('HMGET', job_key(token), 'state', 'attempt', 'deaths', 'lease', 'not_before', 'accepted_at',
                        'last', 'ended_at', 'not_after', 'expired', 'result_digest', 'spec_digest')
  if f.err or redis.call('EXISTS', job_key(token)) == 0 then return nil end
  if f[1] == '3' and f[10] then f[1] = 'expired' end
  return f
end

-- The last 8 failures of a job are in its hash, in the fields failure0 to failure7, as a ring.
local function failure_fields(job)
  local count = tonumber(redis.call('HGET', job, 'failures') or 0) or 0
  local names = {}
  for i = math.max(0, count - 8), count - 1 do names[#names + 1] = 'failure' .. i % 8 end
  return names
end
local function remember_failure(job, attempt, kind, worker, cause)
  local count = tonumber(redis.call('HGET', job, 'failures') or 0) or 0
  local name = string.sub(string.gsub(worker or '-', '%s', '_'), 1, 128)
  redis.call('HSET', job, 'failures', count + 1, 'failure' .. count % 8,
             table.concat({whole(NOW), attempt, kind, name, cause}, ' '))
end

-- Lets a script write beyond maxmemory: Redis checks the memory only until a script's first write, and never for a DEL. For
-- scripts that end jobs or renew leases, before their first write.
local function go_beyond_maxmemory() redis.call('DEL', P .. 'nothing') end

-- Adds an event and publishes it to the followers in all processes. The longest stream has two attempts with 10,000 tests.
local function emit(token, kind, data)
  local seq = redis.call('HINCRBY', job_key(token), 'seq', 1)
  redis.call('XADD', P .. 'events:' .. token, 'MAXLEN', '~', 20480, seq .. '-1', 'k', kind, 'd', data)
  redis.call('PUBLISH', P .. 'told', token .. ' ' .. kind)
end

-- Begins a life of a job's stream: its events follow each other without a gap. The field `whole` is 1 while none is missing, 2
-- once the job has ended like this. Its first event has the seq `base` + 1. Jobs of an earlier release have none of these.
local function begin_life(token)
  local job = job_key(token)
  redis.call('HSET', job, 'life', whole(NOW), 'whole', 1, 'base', redis.call('HGET', job, 'seq') or 0)
  redis.call('DEL', P .. 'events:' .. token)
end

-- Whether the stream still has all events of its life.
local function has_all_events(token, seq, base)
  return redis.call('XLEN', P .. 'events:' .. token) == (tonumber(seq or 0) or 0) - (tonumber(base or 0) or 0)
end

-- Adds a hint that a job is queued. A hint may be wrong: only the job's hash decides. Jobs that come back are leased before
-- new ones.
local function hint(token, deaths, comes_back)
  local stream = deaths > 0 and 'suspects' or (comes_back and 'again' or 'ready')
  redis.call('XADD', P .. stream, '*', 't', token)
  redis.call('ZADD', P .. 'waiting', whole(NOW), token)
  redis.call('PUBLISH', P .. 'wake', '')
end

-- Finished jobs are in the index `finished` by the time of their end, as "TOKEN BYTES", because a job's keys expire by themselves.
-- `kept_bytes` is the sum of these bytes. A job's own field `kept` has them as well. A job whose callback waits is not in the index.
local function count_finished(token, bytes, ended_at, retention)
  redis.call('HSET', job_key(token), 'kept', bytes)
  if redis.call('ZADD', P .. 'finished', ended_at, token .. ' ' .. bytes) == 1 then
    redis.call('INCRBY', P .. 'kept_bytes', bytes)
  end
  redis.call('EXPIRE', P .. 'finished', retention)
  redis.call('EXPIRE', P .. 'kept_bytes', retention)
end
local function uncount(entry)
  if redis.call('ZREM', P .. 'finished', entry) == 1 then
    redis.call('DECRBY', P .. 'kept_bytes', string.match(entry, '%d+$'))
  end
end
local function uncount_finished(token)
  local bytes = redis.call('HGET', job_key(token), 'kept')
  if bytes then uncount(token .. ' ' .. bytes) end
end
-- The reply for a token that has no job.
local function missing(token)
  local ends = redis.call('ZSCORE', P .. 'evicted', token)
  return {ends and tonumber(ends) > NOW and 'evicted' or 'missing'}
end

local function figures()
  local oldest = redis.call('ZRANGE', P .. 'waiting', 0, 0, 'WITHSCORES')
  local age = oldest[2] and whole(NOW - tonumber(oldest[2])) or '0'
  return {redis.call('ZCARD', P .. 'waiting'), redis.call('ZCARD', P .. 'leased'), age}
end
