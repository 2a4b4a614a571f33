-- Ends an attempt to send a callback. ARGV: token, lease; 'delivered', 'retry', 'dead' or 'uncharged'; us until the next attempt;
-- words for operators; seconds that a finished job is stored. Returns 'ok', also if the same lease has ended in the same way before,
-- or 'lost'.
local token, lease, kind, words, retention = ARGV[1], ARGV[2], ARGV[3], ARGV[5], ARGV[6]
local c, settled = callback_of(token), lease .. ' ' .. kind
if not c then return {'lost'} end
if c.state ~= SENDING or c.lease ~= lease then return {c.last == settled and 'ok' or 'lost'} end
go_beyond_maxmemory()
if not has_ended_job(token, c) then return {'lost'} end
redis.call('HSET', callback_key(token), 'last', settled)
if kind == 'delivered' or kind == 'dead' then
  end_callback(token, c, kind == 'dead' and DEAD or DELIVERED, words, retention)
  return {'ok'}
end
local due = kind == 'retry' and NOW + ARGV[4] or NOW
redis.call('ZREM', P .. 'callback_sent:' .. c.lane, token)
look_at(c.lane, NOW)
redis.call('HSET', callback_key(token), 'state', WAITING, 'lost', 0, 'lease', 0, 'due', whole(due))
if kind == 'retry' then
  redis.call('HSET', callback_key(token), 'words', words)
else
  redis.call('HSET', callback_key(token), 'attempt', whole(math.max(0, c.attempt - 1)))
  redis.call('PUBLISH', P .. 'callback', '')
end
wait_in_lane(token, c.lane, due)
return {'ok'}
