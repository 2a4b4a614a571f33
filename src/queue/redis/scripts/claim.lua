-- Leases as many jobs as tokens are offered. ARGV: session, number of the claim, lease tokens. Answers what it has leased,
-- what is damaged, and what it is too late for, which then is to be ended.
local me, number = ARGV[1], ARGV[2]
local deadline = redis.call('ZSCORE', P .. 'sessions', me)
if not deadline or tonumber(deadline) <= NOW then return {'unknown'} end

-- What has rested waits again.
local due = redis.call('ZRANGEBYSCORE', P .. 'resting', '-inf', whole(NOW), 'LIMIT', 0, 64)
for _, token in ipairs(due) do
  redis.call('ZREM', P .. 'resting', token)
  hint(token, tonumber(redis.pcall('HGET', job_key(token), 'deaths') or 0) or 0, true)
end

local granted, broken, overdue, brings_parts = {}, {}, {}, false
-- Somebody wrote it by hand, or wrote over it. The mark keeps it known until it is dead.
local function refuse(token, why)
  redis.call('ZADD', P .. 'waiting', 'NX', whole(NOW), token)
  broken[#broken + 1] = {token, why}
  return false
end

local counts = {'attempt', 'deaths', 'not_before', 'since'}
local function grant(token, stream, lease)
  local job = job_key(token)
  local f = redis.pcall('HMGET', job, 'state', 'attempt', 'deaths', 'not_before', 'since', 'ran', 'not_after')
  if f.err or is_past_waiting(f[1]) then return false end
  if not f[1] then return redis.call('EXISTS', job) == 1 and refuse(token, 'the field state is missing') end
  if f[1] ~= '0' then return refuse(token, 'the field state is none of 0 to 4') end
  for i, name in ipairs(counts) do
    if not f[i + 1] then return refuse(token, 'the field ' .. name .. ' is missing') end
    if not string.match(f[i + 1], '^%d+$') or #f[i + 1] > 16 then
      return refuse(token, 'the field ' .. name .. ' is no number')
    end
    if i <= 2 and tonumber(f[i + 1]) > 1000 then return refuse(token, 'the field ' .. name .. ' is above 1000') end
  end
  if is_overdue(f[7]) then
    overdue[#overdue + 1] = token
    return false
  end
  local spec = redis.pcall('GET', P .. 'spec:' .. token)
  if type(spec) ~= 'string' then return refuse(token, 'the spec is missing') end
  local attempt, deaths, rests, since = tonumber(f[2]), tonumber(f[3]), tonumber(f[4]), tonumber(f[5])
  if rests > NOW then return false end
  if deaths > 0 and stream ~= 'suspects' then
    hint(token, deaths, true)
    return false
  end
  local is_new = attempt == 0 and not f[6]
  attempt = attempt + 1
  redis.call('HSET', job, 'state', 1, 'attempt', attempt, 'lease', lease, 'session', me, 'ran', 1)
  redis.call('ZREM', P .. 'waiting', token)
  if f[7] then redis.call('ZREM', P .. 'expires', token) end
  redis.call('ZADD', P .. 'leased', whole(NOW), token)
  redis.call('HSET', P .. 'held:' .. me, token, number)
  emit(token, is_new and 'running' or 'restarted', '{"attempt":' .. attempt .. '}')
  local parts = redis.pcall('LRANGE', P .. 'checkpoint:' .. token, 0, -1)
  if parts.err then parts = {} end
  brings_parts = #parts > 0
  granted[#granted + 1] = {token, lease, attempt, spec, whole(NOW - since), is_new and 0 or 1, parts}
  return true
end

-- The hint is used up in the same step in which the hash says who holds the job. Other jobs' stale hints,
-- as of a cancelled job, are dropped on the way.
local function take(stream, lease)
  for _ = 1, 256 do
    local read = redis.pcall('XREADGROUP', 'GROUP', 'workers', 'evalx', 'COUNT', 1, 'STREAMS', P .. stream, '>')
    if read and read.err then
      redis.call('XGROUP', 'CREATE', P .. stream, 'workers', '0', 'MKSTREAM')
    elseif not read then
      return false
    else
      local entry = read[1][2][1]
      redis.call('XACK', P .. stream, 'workers', entry[1])
      redis.call('XDEL', P .. stream, entry[1])
      if entry[2] and entry[2][2] and grant(entry[2][2], stream, lease) then return true end
    end
  end
  return false
end

-- Those in quarantine are for a worker that holds nothing else: the first that asks runs empty for them.
local held = redis.call('HLEN', P .. 'held:' .. me)
local keeper = redis.call('GET', P .. 'keeper')
if keeper then
  local ends = redis.call('ZSCORE', P .. 'sessions', keeper)
  if not ends or tonumber(ends) <= NOW then keeper = false end
end
if not keeper and redis.call('XLEN', P .. 'suspects') > 0 then
  redis.call('SET', P .. 'keeper', me)
  keeper = me
end
local first = 3
if keeper == me then
  if held > 0 then return {'ok', figures(), granted, broken, overdue} end
  if take('suspects', ARGV[first]) then return {'ok', figures(), granted, broken, overdue} end
  redis.call('DEL', P .. 'keeper')
end
for i = first, #ARGV do
  if not take('again', ARGV[i]) and not take('ready', ARGV[i]) then break end
  if brings_parts then break end  -- One answer carries no more than one checkpoint.
end
return {'ok', figures(), granted, broken, overdue}
