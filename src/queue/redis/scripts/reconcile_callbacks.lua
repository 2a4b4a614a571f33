-- Repairs the indexes of callbacks by their hashes, some callbacks at a time. ARGV: length of a lease in us, seconds that a finished
-- job is stored, maximum number of callbacks in each index. Returns 'ok' and the number of jobs that had ended unnoticed, because
-- their release does not know callbacks.
local length, retention, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local unnoticed = 0

-- Each run continues where the last one stopped.
local function some_of(index)
  local cursor = P .. index .. '_looked_at'
  local from = tonumber(redis.call('GET', cursor) or 0) or 0
  local tokens = redis.call('ZRANGE', P .. index, whole(from), whole(from + most - 1))
  if #tokens < most then redis.call('DEL', cursor) else redis.call('SET', cursor, whole(from + most)) end
  return tokens
end

go_beyond_maxmemory()
for _, token in ipairs(some_of('callbacks_asked')) do
  local state = redis.pcall('HGET', job_key(token), 'state')
  if is_terminal(state) then
    local c = callback_of(token)
    if notice_end(token) then unnoticed = unnoticed + 1 end
    if c and not c.is_sound then condemn_callback(token, c, retention) end
    redis.call('ZREM', P .. 'callbacks_asked', token)
  elseif type(state) ~= 'string' and not job_fields(token) then
    forget_callback(token)
    redis.call('ZREM', P .. 'callbacks_asked', token)
  end
end

for _, token in ipairs(some_of('callbacks')) do
  local c = callback_of(token)
  if not c then
    let_job_go(token, retention)
    redis.call('ZREM', P .. 'callbacks', token)
  elseif not c.is_sound then
    condemn_callback(token, c, retention)
  elseif has_ended_job(token, c) then
    if redis.call('PTTL', job_key(token)) >= 0 then notice_end(token) end
    local index = c.state == WAITING and 'callback_lane:' or c.state == SENDING and 'callback_sent:'
    if not index then
      redis.call('ZREM', P .. 'callbacks', token)
    else
      local time = c.state == WAITING and c.due or NOW + length
      redis.call('ZADD', P .. index .. c.lane, 'NX', whole(time), token)
      look_at(c.lane, time)
    end
  end
end
return {'ok', unnoticed}
