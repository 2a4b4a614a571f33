-- Extends the leases of callbacks that are sent. ARGV: length of a lease in us, then token and lease of each. Returns 'ok' and those
-- that are lost.
local lost = {}
go_beyond_maxmemory()
for i = 2, #ARGV, 2 do
  local c = callback_of(ARGV[i])
  if c and c.is_sound and c.state == SENDING and c.lease == ARGV[i + 1] then
    redis.call('ZADD', P .. 'callback_sent:' .. c.lane, whole(NOW + ARGV[1]), ARGV[i])
  else
    lost[#lost + 1] = {ARGV[i], ARGV[i + 1]}
  end
end
return {'ok', lost}
