-- The leases of dead sessions, which then are to be settled, and how many jobs there are; a dead session without
-- leases is forgotten. Answers the birth of this data, too: whoever knows another has seen all be lost.
local birth = redis.call('GET', P .. 'birth')
if not birth then
  birth = whole(NOW)
  go_beyond_maxmemory()
  redis.call('SET', P .. 'birth', birth)
end
local dead = {}
for _, session in ipairs(redis.call('ZRANGEBYSCORE', P .. 'sessions', '-inf', whole(NOW), 'LIMIT', 0, 16)) do
  local tokens = redis.call('HKEYS', P .. 'held:' .. session)
  for _, token in ipairs(tokens) do
    local f = redis.pcall('HMGET', job_key(token), 'lease', 'session')
    if f[1] and f[2] == session then
      dead[#dead + 1] = {token, f[1]}
    else
      redis.call('HDEL', P .. 'held:' .. session, token)
    end
  end
  if redis.call('HLEN', P .. 'held:' .. session) == 0 then
    redis.call('ZREM', P .. 'sessions', session)
    if redis.call('GET', P .. 'keeper') == session then redis.call('DEL', P .. 'keeper') end
  end
end
return {'ok', dead, figures(), birth}
