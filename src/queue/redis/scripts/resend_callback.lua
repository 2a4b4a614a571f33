-- Makes a callback due at once; one that has ended gets all its attempts again. ARGV: token. Returns 'ok'; or 'missing', also if its job
-- has not ended.
local token = ARGV[1]
local c = callback_of(token)
if not c or not c.is_sound or c.state == ASKED or not has_ended_job(token, c) then return {'missing'} end
if c.state == WAITING then
  redis.call('HSET', callback_key(token), 'due', whole(NOW))
  wait_in_lane(token, c.lane, NOW)
  redis.call('PUBLISH', P .. 'callback', '')
elseif c.state ~= SENDING then
  make_due(token, c, c.round, is_time(c.since) and c.since or whole(NOW))
end
return {'ok'}
