-- Repairs the indexes and hints by the jobs' hashes, some jobs at a time. ARGV: ms until any process may reconcile again,
-- length of a lease in ms, after which a hint that was read counts as lost. Returns 'busy' if another process was first;
-- otherwise 'ok', leases whose session is missing, tokens whose hash is missing, the number of new hints, and the figures.
if not redis.call('SET', P .. 'reconciler', '1', 'NX', 'PX', ARGV[1]) then return {'busy'} end
local orphans, vanished, repaired = {}, {}, 0
local streams = {'suspects', 'again', 'ready'}

-- The id of the last entry that the group has read. claim.lua deletes an entry when it reads it, so that an entry up to
-- this id was read by something else.
local function read_up_to(stream)
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', P .. stream)) do
    local fields = {}
    for i = 1, #group, 2 do fields[group[i]] = group[i + 1] end
    if fields['name'] == 'workers' then return fields['last-delivered-id'] end
  end
  return '0-0'
end

local function replace(stream, entry)
  if entry[2] and entry[2][2] then
    local f = job_fields(entry[2][2])
    if f and not is_past_waiting(f[1]) then hint(entry[2][2], tonumber(f[3] or 0) or 0, true) end
  end
  redis.call('XACK', P .. stream, 'workers', entry[1])
  redis.call('XDEL', P .. stream, entry[1])
  repaired = repaired + 1
end

-- Replaces hints that another consumer has read and not deleted (an operator or an older evalx), and hints whose consumer
-- was deleted.
for _, stream in ipairs(streams) do
  redis.pcall('XGROUP', 'CREATE', P .. stream, 'workers', '0', 'MKSTREAM')
  local claimed = redis.call('XAUTOCLAIM', P .. stream, 'workers', 'evalx', ARGV[2], '0', 'COUNT', 64)
  for _, entry in ipairs(claimed[2]) do
    if entry and entry[1] then replace(stream, entry) end
  end
  for _, entry in ipairs(redis.call('XRANGE', P .. stream, '-', read_up_to(stream), 'COUNT', 64)) do
    if #redis.call('XPENDING', P .. stream, 'workers', entry[1], entry[1], 1) == 0 then replace(stream, entry) end
  end
end

-- The time of the first unread hint, in us. A hint is as old as its job's mark in `waiting`: a job whose mark is older than
-- the first hint has no hint.
local function first_hint(stream)
  local entry = redis.call('XRANGE', P .. stream, '(' .. read_up_to(stream), '+', 'COUNT', 1)[1]
  if not entry then return math.huge end
  return tonumber(string.match(entry[1], '^%d+')) * 1000
end
local waiting = redis.call('ZRANGEBYSCORE', P .. 'waiting', '-inf', whole(NOW - 1000000), 'WITHSCORES', 'LIMIT', 0, 500)
local oldest_suspect = first_hint('suspects')
local oldest = math.min(first_hint('again'), first_hint('ready'))
for i = 1, #waiting, 2 do
  local token, marked = waiting[i], tonumber(waiting[i + 1])
  local f = job_fields(token)
  if f and not is_past_waiting(f[1]) and is_time(f[9]) then redis.call('ZADD', P .. 'expires', 'NX', f[9], token) end
  if not f then
    redis.call('ZREM', P .. 'waiting', token)
    vanished[#vanished + 1] = token
  elseif is_past_waiting(f[1]) then
    redis.call('ZREM', P .. 'waiting', token)
    if f[1] == '1' then redis.call('ZADD', P .. 'leased', whole(NOW), token) end
  elseif not redis.call('ZSCORE', P .. 'resting', token) then
    local deaths = tonumber(f[3] or 0) or 0
    local has_hint_from = deaths > 0 and oldest_suspect or oldest
    if marked + 1000 < has_hint_from then
      hint(token, deaths, true)
      repaired = repaired + 1
    end
  end
end

-- A session that ends later than 20 leases from now: Redis's clock was set back, and a dead session would live on.
local lease = ARGV[2] * 1000
for _, session in ipairs(redis.call('ZRANGEBYSCORE', P .. 'sessions', whole(NOW + 20 * lease), '+inf', 'LIMIT', 0, 64)) do
  redis.call('ZADD', P .. 'sessions', whole(NOW + lease), session)
end

for _, token in ipairs(redis.call('ZRANGE', P .. 'leased', 0, 499)) do
  local f = job_fields(token)
  if not f or f[1] ~= '1' then
    redis.call('ZREM', P .. 'leased', token)
    if not f then
      vanished[#vanished + 1] = token
    elseif not is_past_waiting(f[1]) then
      redis.call('ZADD', P .. 'waiting', 'NX', whole(NOW), token)
    end
  else
    local session = redis.call('HGET', job_key(token), 'session')
    if not session or not redis.call('ZSCORE', P .. 'sessions', session) then
      orphans[#orphans + 1] = {token, f[4] or '0'}
    end
  end
end
return {'ok', orphans, vanished, repaired, figures()}
