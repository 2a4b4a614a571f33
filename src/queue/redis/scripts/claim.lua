-- Leases jobs, at most one for each lease given. ARGV: session, number of the claim, leases (random numbers). Returns
-- 'unknown' if the session has ended; otherwise 'ok', the figures, the leased jobs, and those that the caller must end: the
-- damaged and the overdue ones.
local me, number = ARGV[1], ARGV[2]
local deadline = redis.call('ZSCORE', P .. 'sessions', me)
if not deadline or tonumber(deadline) <= NOW then return {'unknown'} end

-- Jobs whose back-off has ended get a hint again. But for one second the sessions on which a job failed leave the job to
-- other sessions, if there are any. A session on which it has not failed need not wait for the end of the back-off, unless
-- the job is in quarantine. Until then the job has no hint, because any session could read it: the other sessions take the
-- job from the index `resting`.
local has_others = redis.call('ZCOUNT', P .. 'sessions', '(' .. whole(NOW), '+inf') > 1
local function has_failed_here(failed_on) return string.find(' ' .. failed_on .. ' ', ' ' .. me .. ' ', 1, true) ~= nil end
local failed_elsewhere = {}
for _, token in ipairs(redis.call('ZRANGEBYSCORE', P .. 'resting', '-inf', whole(NOW), 'LIMIT', 0, 64)) do
  local f = redis.pcall('HMGET', job_key(token), 'deaths', 'failed_on', 'not_before')
  local deaths = tonumber(f[1] or 0) or 0
  local is_left = has_others and f[2] and NOW < (tonumber(f[3] or 0) or 0) + 1000000
  local is_mine = not f[2] or has_failed_here(f[2])
  if not is_left or (not is_mine and deaths > 0) then
    redis.call('ZREM', P .. 'resting', token)
    hint(token, deaths, true)
  elseif not is_mine then
    failed_elsewhere[#failed_elsewhere + 1] = token
  end
end
for _, token in ipairs(redis.call('ZRANGEBYSCORE', P .. 'resting', '(' .. whole(NOW), '+inf', 'LIMIT', 0, 64)) do
  local f = redis.pcall('HMGET', job_key(token), 'deaths', 'failed_on')
  if f[1] == '0' and f[2] and not has_failed_here(f[2]) then failed_elsewhere[#failed_elsewhere + 1] = token end
end

local granted, broken, overdue, brings_parts = {}, {}, {}, false
-- The job was written or changed by hand. The mark in `waiting` keeps it in an index until it is dead.
local function refuse(token, why)
  redis.call('ZADD', P .. 'waiting', 'NX', whole(NOW), token)
  broken[#broken + 1] = {token, why}
  return false
end

local counts = {'attempt', 'deaths', 'not_before', 'since'}
local function grant(token, stream, lease, is_elsewhere)
  local job = job_key(token)
  local f = redis.pcall('HMGET', job, 'state', 'attempt', 'deaths', 'not_before', 'since', 'ran', 'not_after', 'whole', 'seq',
                        'base', 'spec_digest')
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
  if rests > NOW and not is_elsewhere then return false end
  if deaths > 0 and stream ~= 'suspects' then
    hint(token, deaths, true)
    return false
  end
  local is_new = attempt == 0 and not f[6]
  attempt = attempt + 1
  redis.call('HSET', job, 'state', 1, 'attempt', attempt, 'lease', lease, 'session', me, 'ran', 1, 'told', 0)
  redis.call('ZREM', P .. 'waiting', token)
  if f[7] then redis.call('ZREM', P .. 'expires', token) end
  redis.call('ZADD', P .. 'leased', whole(NOW), token)
  redis.call('HSET', P .. 'held:' .. me, token, number)
  local is_whole = f[8] == '1' and has_all_events(token, f[9], f[10])
  if not is_whole then
    begin_life(token)
    emit(token, 'queued', '{}')
  end
  emit(token, is_new and 'running' or 'restarted', '{"attempt":' .. attempt .. '}')
  local parts = redis.pcall('LRANGE', P .. 'checkpoint:' .. token, 0, -1)
  if parts.err then parts = {} end
  brings_parts = #parts > 0
  granted[#granted + 1] = {token, lease, attempt, spec, whole(NOW - since), is_whole and not is_new and 1 or 0, parts, f[11] or ''}
  return true
end

-- Takes the next hint and grants its job. The hint is deleted in the same step in which the hash gets its new holder. Stale
-- hints, e.g. of a cancelled job, are deleted as well.
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

local function take_rested(lease)
  while #failed_elsewhere > 0 do
    local token = table.remove(failed_elsewhere, 1)
    redis.call('ZREM', P .. 'resting', token)
    if grant(token, 'again', lease, true) then return true end
  end
  return false
end

-- A job in quarantine needs a worker that holds no other job. The first session that asks becomes the keeper: it gets no
-- other jobs until it holds none, and then runs the jobs in quarantine one by one. A keeper that holds nothing and has not
-- asked for five seconds takes no jobs now, e.g. because its runs fail: another session becomes the keeper.
local held = redis.call('HLEN', P .. 'held:' .. me)
local keeper = redis.call('GET', P .. 'keeper')
if keeper then
  local ends = redis.call('ZSCORE', P .. 'sessions', keeper)
  local asked = tonumber(redis.call('GET', P .. 'keeper_asked') or NOW)
  local is_idle = keeper ~= me and NOW - asked > 5000000 and redis.call('HLEN', P .. 'held:' .. keeper) == 0
  if not ends or tonumber(ends) <= NOW or is_idle then keeper = false end
end
if not keeper and redis.call('XLEN', P .. 'suspects') > 0 then
  redis.call('SET', P .. 'keeper', me)
  keeper = me
end
local first = 3
if keeper == me then
  redis.call('SET', P .. 'keeper_asked', whole(NOW))
  if held > 0 then return {'ok', figures(), granted, broken, overdue} end
  if take('suspects', ARGV[first]) then return {'ok', figures(), granted, broken, overdue} end
  redis.call('DEL', P .. 'keeper')
end
for i = first, #ARGV do
  if not take_rested(ARGV[i]) and not take('again', ARGV[i]) and not take('ready', ARGV[i]) then break end
  if brings_parts then break end  -- A reply carries at most one checkpoint.
end
return {'ok', figures(), granted, broken, overdue}
