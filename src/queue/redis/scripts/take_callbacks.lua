-- Leases callbacks that are due, the longest due first, at most one for each lease given. ARGV: how many of one lane may be sent at
-- the same time; length of a lease in us; seconds that a finished job is stored; 1 if senders whose leases have ended count as
-- dead; the pauses after 1, 2 and more deaths in a row, in us, separated by blanks; leases (random numbers). Returns 'ok', the
-- leased callbacks, the tokens of damaged ones, how many wait or are sent, the age of the oldest in us, and the time in us until a
-- lane must be looked at (empty: none).
local per_lane, length, retention, may_bury = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'
local first, granted, broken, pauses = 6, {}, {}, {}
for pause in string.gmatch(ARGV[5], '%d+') do pauses[#pauses + 1] = tonumber(pause) end
local wanted = #ARGV - first + 1

-- Its sender died: the attempt is not charged.
local function take_back(token, c)
  local lost = c.lost + 1
  local due = NOW + pauses[math.min(lost, #pauses)]
  redis.call('HSET', callback_key(token), 'state', WAITING, 'attempt', whole(math.max(0, c.attempt - 1)), 'lost', whole(lost),
             'lease', 0, 'due', whole(due))
  wait_in_lane(token, c.lane, due)
end

local function grant(token, lane)
  local c = callback_of(token)
  if not c then
    let_job_go(token, retention)
    redis.call('ZREM', P .. 'callbacks', token)
  elseif not c.is_sound then
    condemn_callback(token, c, retention)
    broken[#broken + 1] = token
  elseif c.state == WAITING and c.lane == lane and has_ended_job(token, c) then
    if c.due > NOW then return wait_in_lane(token, lane, c.due) end
    local lease = ARGV[first + #granted]
    redis.call('HSET', callback_key(token), 'state', SENDING, 'attempt', whole(c.attempt + 1), 'lease', lease)
    redis.call('HDEL', callback_key(token), 'due')
    redis.call('ZADD', P .. 'callback_sent:' .. lane, whole(NOW + length), token)
    granted[#granted + 1] = {token, lease, whole(c.round), whole(c.attempt + 1), c.target}
  end
end

-- Grants at most one callback of the lane, and sets the next time at which the lane must be looked at.
local function visit(lane)
  local waiting, sent = P .. 'callback_lane:' .. lane, P .. 'callback_sent:' .. lane
  for _, token in ipairs(may_bury and redis.call('ZRANGEBYSCORE', sent, '-inf', whole(NOW), 'LIMIT', 0, 16) or {}) do
    redis.call('ZREM', sent, token)
    local c = callback_of(token)
    if c and c.state == SENDING and c.lane == lane then take_back(token, c) end
  end
  local function has_room() return redis.call('ZCARD', sent) < per_lane end
  local due = has_room() and redis.call('ZRANGEBYSCORE', waiting, '-inf', whole(NOW), 'LIMIT', 0, 1)[1]
  if due then
    redis.call('ZREM', waiting, due)
    grant(due, lane)
  end
  local next_due = has_room() and tonumber(redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')[2])
  local next_end = tonumber(redis.call('ZRANGE', sent, 0, 0, 'WITHSCORES')[2])
  if next_end and not may_bury then next_end = math.max(next_end, NOW + 1000000) end
  if next_due or next_end then
    redis.call('ZADD', P .. 'callback_lanes', whole(math.min(next_due or next_end, next_end or next_due)), lane)
  else
    redis.call('ZREM', P .. 'callback_lanes', lane)
  end
end

go_beyond_maxmemory()
for _ = 1, 64 + wanted do
  local lane = redis.call('ZRANGEBYSCORE', P .. 'callback_lanes', '-inf', whole(NOW), 'LIMIT', 0, 1)[1]
  if not lane or #granted == wanted then break end
  visit(lane)
end
local oldest = redis.call('ZRANGE', P .. 'callbacks', 0, 0, 'WITHSCORES')[2]
local lane_at = redis.call('ZRANGE', P .. 'callback_lanes', 0, 0, 'WITHSCORES')[2]
return {'ok', granted, broken, redis.call('ZCARD', P .. 'callbacks'), whole(math.max(0, NOW - tonumber(oldest or NOW))),
        lane_at and whole(math.max(0, tonumber(lane_at) - NOW)) or ''}
