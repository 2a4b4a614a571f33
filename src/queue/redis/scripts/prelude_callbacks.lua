-- Follows prelude.lua in every script. The hash `callback:TOKEN` is the truth about a job's callback. Its indexes are sorted by time:
-- `callbacks_asked` has those whose jobs have not ended; `callbacks` those that wait or are sent, by the ends of their jobs;
-- `callback_lane:LANE` those that wait, by the times at which they are due; `callback_sent:LANE` those that are sent, by the ends of
-- their leases; `callbacks_dead` the dead ones, by their ends. `callback_lanes` has the next time at which a lane must be looked at.
local ASKED, WAITING, SENDING, DELIVERED, DEAD = 0, 1, 2, 3, 4
local function callback_key(token) return P .. 'callback:' .. token end
local function count_of(text) return is_time(text) and tonumber(text) or 0 end

-- A stored callback; nil if there is none. It may have been written by hand: then it is not sound, or its counts are 0.
local function callback_of(token)
  local f = redis.pcall('HMGET', callback_key(token), 'state', 'lane', 'target', 'round', 'attempt', 'lost', 'lease', 'since', 'due',
                        'held', 'last')
  if f.err or not (f[1] or f[2] or f[3]) then return nil end
  local state = f[1] and string.match(f[1], '^[0-4]$')
  return {state = state and tonumber(state), lane = f[2] or '', target = f[3] or '', is_sound = state and f[2] and f[3],
          round = count_of(f[4]), attempt = count_of(f[5]), lost = count_of(f[6]), lease = f[7], since = f[8], due = count_of(f[9]),
          held = count_of(f[10]), last = f[11]}
end

-- The bytes of the finished jobs whose callbacks wait or are sent.
local function held_bytes()
  if redis.call('ZCARD', P .. 'callbacks') == 0 then return 0 end
  return math.max(0, tonumber(redis.call('GET', P .. 'held_bytes') or 0) or 0)
end

local function ask_callback(token, lane, target)
  redis.call('HSET', callback_key(token), 'state', ASKED, 'lane', lane, 'target', target, 'round', 0, 'attempt', 0, 'lost', 0,
             'lease', 0, 'words', '')
  redis.call('ZADD', P .. 'callbacks_asked', whole(NOW), token)
end

local function look_at(lane, time) redis.call('ZADD', P .. 'callback_lanes', 'LT', whole(time), lane) end
local function wait_in_lane(token, lane, due)
  redis.call('ZADD', P .. 'callback_lane:' .. lane, whole(due), token)
  look_at(lane, due)
end

-- While a callback waits or is sent, its job is held: the keys do not expire, and the job is not in the index `finished`.
local function give_bytes_back(token, c)
  if c.held == 0 then return end
  redis.call('DECRBY', P .. 'held_bytes', whole(c.held))
  redis.call('HDEL', callback_key(token), 'held')
  c.held = 0
end
local function hold_job(token, c)
  give_bytes_back(token, c)
  uncount_finished(token)
  c.held = count_of(redis.call('HGET', job_key(token), 'kept'))
  redis.call('HSET', callback_key(token), 'held', whole(c.held))
  redis.call('INCRBY', P .. 'held_bytes', whole(c.held))
  for _, kind in ipairs({'job:', 'spec:', 'result:', 'callback:'}) do redis.call('PERSIST', P .. kind .. token) end
end

-- Takes it out of all indexes. Its job is no longer held.
local function leave_indexes(token, c)
  redis.call('ZREM', P .. 'callback_lane:' .. c.lane, token)
  if redis.call('ZREM', P .. 'callback_sent:' .. c.lane, token) == 1 then look_at(c.lane, NOW) end
  for _, index in ipairs({'callbacks', 'callbacks_asked', 'callbacks_dead'}) do redis.call('ZREM', P .. index, token) end
  give_bytes_back(token, c)
end

local function forget_callback(token)
  local c = callback_of(token)
  if c then leave_indexes(token, c) end
  redis.call('UNLINK', callback_key(token))
end

-- It is due now, with all its attempts.
local function make_due(token, c, round, since)
  leave_indexes(token, c)
  redis.call('HSET', callback_key(token), 'state', WAITING, 'round', whole(round), 'attempt', 0, 'lost', 0, 'lease', 0,
             'since', since, 'due', whole(NOW))
  redis.call('HDEL', callback_key(token), 'ended')
  if redis.call('ZCARD', P .. 'callbacks') == 0 then redis.call('DEL', P .. 'held_bytes') end
  hold_job(token, c)
  redis.call('ZADD', P .. 'callbacks', since, token)
  wait_in_lane(token, c.lane, NOW)
  redis.call('PUBLISH', P .. 'callback', '')
end

-- The job has ended: a new round begins.
local function call_back(token, c, ended_at)
  redis.call('HSET', callback_key(token), 'words', '')
  make_due(token, c, c.round + 1, ended_at)
end
-- The same for a job that ended under a release that does not know callbacks. Returns whether a callback keeps the job.
local function notice_end(token)
  local c = callback_of(token)
  if not c or not c.is_sound or c.state > SENDING then return false end
  if c.state == ASKED then
    local ended_at = redis.call('HGET', job_key(token), 'ended_at')
    call_back(token, c, is_time(ended_at) and ended_at or whole(NOW))
  else
    hold_job(token, c)  -- It was redriven before that.
  end
  return true
end

-- The job was redriven.
local function ask_callback_again(token, c)
  leave_indexes(token, c)
  redis.call('HSET', callback_key(token), 'state', ASKED, 'attempt', 0, 'lost', 0, 'lease', 0)
  redis.call('HDEL', callback_key(token), 'since', 'due', 'ended')
  redis.call('PERSIST', callback_key(token))
  redis.call('ZADD', P .. 'callbacks_asked', whole(NOW), token)
end

local function is_terminal(state) return type(state) == 'string' and string.match(state, '^[2-4]$') ~= nil end

-- Whether the job has ended. Otherwise a release that does not know callbacks has deleted or redriven it: its callback follows.
local function has_ended_job(token, c)
  if is_terminal(redis.pcall('HGET', job_key(token), 'state')) then return true end
  if job_fields(token) then ask_callback_again(token, c) else forget_callback(token) end
  return false
end

-- The callback no longer holds its job, which is stored for the retention from now on. Among the finished jobs it has the place of
-- its own end.
local function let_job_go(token, retention)
  local f = redis.pcall('HMGET', job_key(token), 'state', 'kept', 'ended_at')
  if not is_terminal(f[1]) then return end
  count_finished(token, whole(count_of(f[2])), is_time(f[3]) and f[3] or whole(NOW), retention)
  for _, kind in ipairs({'job:', 'spec:', 'result:', 'callback:'}) do redis.call('EXPIRE', P .. kind .. token, retention) end
end

-- It is delivered or dead.
local function end_callback(token, c, state, words, retention)
  leave_indexes(token, c)
  redis.call('HSET', callback_key(token), 'state', state, 'lost', 0, 'lease', 0, 'ended', whole(NOW), 'words', words)
  redis.call('HDEL', callback_key(token), 'due')
  if state == DEAD then
    redis.call('ZREMRANGEBYSCORE', P .. 'callbacks_dead', '-inf', whole(NOW - retention * 1000000))
    redis.call('ZADD', P .. 'callbacks_dead', whole(NOW), token)
    redis.call('EXPIRE', P .. 'callbacks_dead', retention)
  end
  let_job_go(token, retention)
end
local function condemn_callback(token, c, retention)
  end_callback(token, c, DEAD, 'the stored callback is damaged', retention)
end

-- For operators, in the order of listed_callback_of() in stored.cpp.
local function shown_callback(token)
  local f = redis.pcall('HMGET', callback_key(token), 'state', 'round', 'attempt', 'lane', 'target', 'since', 'due', 'ended', 'words')
  return not f.err and {token, f} or nil
end

-- Deletes a finished job with everything that belongs to it. Large values are freed beside the scripts.
local function delete_finished(token)
  local key = redis.call('HGET', job_key(token), 'key')
  if key and redis.call('HGET', P .. 'idem:' .. key, 'token') == token then redis.call('DEL', P .. 'idem:' .. key) end
  for _, kind in ipairs({'job:', 'spec:', 'result:', 'events:', 'checkpoint:'}) do redis.call('UNLINK', P .. kind .. token) end
  redis.call('ZREM', P .. 'dead', token)
  redis.call('ZREM', P .. 'expired', token)
  forget_callback(token)
end
