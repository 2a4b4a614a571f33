-- Looks for dead sessions and overdue jobs. ARGV: maximum number of overdue jobs, us until they are given to another caller.
-- Returns 'ok'; the leases of dead sessions, which the caller must end, each with 1 if its worker had been asked to end; the figures; the birth of the data, which differs
-- from an earlier one if all data was lost; and the overdue jobs, which the caller must end. Deletes dead sessions without
-- leases.
local birth = redis.call('GET', P .. 'birth')
if not birth then
  birth = whole(NOW)
  go_beyond_maxmemory()
  redis.call('SET', P .. 'birth', birth)
end
local dead = {}
for _, session in ipairs(redis.call('ZRANGEBYSCORE', P .. 'sessions', '-inf', whole(NOW), 'LIMIT', 0, 16)) do
  local tokens = redis.call('HKEYS', P .. 'held:' .. session)
  local was_ending = redis.call('EXISTS', P .. 'ending:' .. session)
  for _, token in ipairs(tokens) do
    local f = redis.pcall('HMGET', job_key(token), 'lease', 'session')
    if f[1] and f[2] == session then
      dead[#dead + 1] = {token, f[1], was_ending}
    else
      redis.call('HDEL', P .. 'held:' .. session, token)
    end
  end
  if redis.call('HLEN', P .. 'held:' .. session) == 0 then
    redis.call('ZREM', P .. 'sessions', session)
    redis.call('DEL', P .. 'ending:' .. session)
    if redis.call('GET', P .. 'keeper') == session then redis.call('DEL', P .. 'keeper') end
  end
end
local overdue, late = {}, redis.call('ZRANGEBYSCORE', P .. 'expires', '-inf', whole(NOW), 'LIMIT', 0, ARGV[1])
if #late > 0 then go_beyond_maxmemory() end
for _, token in ipairs(late) do
  local f = redis.pcall('HMGET', job_key(token), 'state', 'not_after')
  if not f.err and f[1] == '0' and is_overdue(f[2]) then
    overdue[#overdue + 1] = token
    redis.call('ZADD', P .. 'expires', whole(NOW + ARGV[2]), token)
  else
    redis.call('ZREM', P .. 'expires', token)
  end
end
return {'ok', dead, figures(), birth, overdue}
