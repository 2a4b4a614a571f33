-- Lists the live sessions. ARGV: maximum number of sessions, maximum size of an announcement in bytes. Returns 'ok', the
-- time in us, and for each session: its name, the time of its first announcement and the announcement (both empty without
-- one), and the number of its jobs.
local workers = {}
local living = redis.call('ZRANGEBYSCORE', P .. 'sessions', '(' .. whole(NOW), '+inf', 'LIMIT', 0, ARGV[1])
for _, session in ipairs(living) do
  local f = redis.pcall('HMGET', P .. 'announced:' .. session, 'since', 'text')
  local text = f[2] or ''
  if #text > tonumber(ARGV[2]) then text = '' end
  workers[#workers + 1] = {session, f[1] or '', text, redis.call('HLEN', P .. 'held:' .. session)}
end
return {'ok', whole(NOW), workers}
