-- Stores the state machine's decision, if the job has not changed meanwhile.
-- ARGV: token, old state and lease; new state, attempt, deaths, not_before (us); seconds that a finished job is stored,
-- result; kind and cause of a failure, empty if there is none; the number of the holder's last event, empty if it is not
-- known; the digest of the result; bytes that a finished job is counted with beside its spec and its result. Returns 'missing', 'changed', or 'ok' with the figures.
local token, state, retention = ARGV[1], tonumber(ARGV[4]), ARGV[8]
local job = job_key(token)
local f = redis.call('HMGET', job, 'state', 'lease', 'session', 'whole', 'told', 'seq', 'base', 'failed_on')
if redis.call('EXISTS', job) == 0 then return {'missing'} end
if (f[1] or '0') ~= ARGV[2] or (f[2] or '0') ~= ARGV[3] then return {'changed'} end

go_beyond_maxmemory()
redis.call('HSET', job, 'state', state == 5 and 3 or ARGV[4], 'attempt', ARGV[5], 'deaths', ARGV[6], 'lease', 0,
           'not_before', ARGV[7], 'last', ARGV[3])
redis.call('HDEL', job, 'session')
-- The sessions on which it failed, until it ends or is redriven. An earlier release wrote the last one only.
if ARGV[10] == 'fault' and state == 0 and f[3] then
  redis.call('HSET', job, 'failed_on', f[8] and f[8] .. ' ' .. f[3] or f[3])
elseif state ~= 0 or tonumber(ARGV[2]) >= 2 then
  redis.call('HDEL', job, 'failed_on')
end
if ARGV[10] == 'damaged' then redis.call('HSETNX', job, 'accepted_at', whole(NOW)) end
if ARGV[10] ~= '' then remember_failure(job, ARGV[5], ARGV[10], f[3], ARGV[11]) end
redis.call('ZREM', P .. 'leased', token)
if f[3] then redis.call('HDEL', P .. 'held:' .. f[3], token) end

local kept, callback = {job, P .. 'spec:' .. token, P .. 'result:' .. token}, callback_of(token)
if state >= 2 then
  redis.call('ZREM', P .. 'waiting', token)
  redis.call('ZREM', P .. 'resting', token)
  redis.call('DEL', P .. 'checkpoint:' .. token)
  redis.call('ZREM', P .. 'expires', token)
  redis.call('SET', P .. 'result:' .. token, ARGV[9])
  local spec_bytes = redis.pcall('STRLEN', P .. 'spec:' .. token)
  local bytes = ARGV[14] + #ARGV[9] + (type(spec_bytes) == 'number' and spec_bytes or 0)
  local names = {[2] = 'done', [3] = 'cancelled', [4] = 'dead', [5] = 'expired'}
  redis.call('HSET', job, 'ended_at', whole(NOW), 'result_digest', whole(NOW) .. ' ' .. ARGV[13], 'kept', bytes)
  if state == 5 then redis.call('HSET', job, 'expired', 1) end
  if state >= 4 then
    local index = P .. names[state]
    redis.call('ZREMRANGEBYSCORE', index, '-inf', whole(NOW - retention * 1000000))
    redis.call('ZADD', index, whole(NOW), token)
    redis.call('EXPIRE', index, retention)
  end
  local has_all = ARGV[12] == '' or ARGV[12] == (f[5] or '0')
  if f[4] == '1' and has_all and has_all_events(token, f[6], f[7]) then redis.call('HSET', job, 'whole', 2) end
  emit(token, 'finished', '{"state":"' .. names[state] .. '"}')
  -- Later the result is all that a follower needs.
  redis.call('EXPIRE', P .. 'events:' .. token, math.min(300, tonumber(retention)))
  if callback and callback.is_sound then
    call_back(token, callback, whole(NOW))
  else
    count_finished(token, bytes, whole(NOW), retention)
    for _, key in ipairs(kept) do redis.call('EXPIRE', key, retention) end
    if callback then condemn_callback(token, callback, retention) end
  end
else
  if tonumber(ARGV[2]) >= 2 then
    uncount_finished(token)
    for _, key in ipairs(kept) do redis.call('PERSIST', key) end
    redis.call('DEL', P .. 'result:' .. token)
    redis.call('DEL', P .. 'checkpoint:' .. token)
    begin_life(token)
    redis.call('ZREM', P .. 'dead', token)
    if callback then ask_callback_again(token, callback) end
    redis.call('HDEL', job, 'ended_at', 'not_after', 'result_digest', 'kept')
    emit(token, 'queued', '{}')
  end
  redis.call('HSET', job, 'since', whole(NOW))
  local not_after = redis.call('HGET', job, 'not_after')
  if is_time(not_after) then redis.call('ZADD', P .. 'expires', not_after, token) end
  if tonumber(ARGV[7]) > 0 then  -- Even if the back-off is over by now: claim.lua leaves these jobs to others.
    redis.call('ZADD', P .. 'waiting', whole(NOW), token)
    redis.call('ZADD', P .. 'resting', ARGV[7], token)
    redis.call('PUBLISH', P .. 'wake', '')  -- A session on which it has not failed may take it now.
  else
    hint(token, tonumber(ARGV[6]), true)
  end
end
return {'ok', figures()}
