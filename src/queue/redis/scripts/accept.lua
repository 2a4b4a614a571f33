-- Accepts all jobs or none. ARGV: capacity; seconds that an idempotency key is stored; 1 if an earlier call of the same jobs had
-- no reply, and may have stored them; number and bytes of waiting callbacks from which on no job with a callback is accepted;
-- then for each job: token, spec, key, digest of the body, us until it expires (empty: never), digest of the spec, and lane and
-- target of its callback (empty lane: none). Returns 'conflict', 'full', 'full of callbacks', or 'ok' with the figures, and for each job its token
-- and 1 if the key was known.
local capacity, remembered, again = tonumber(ARGV[1]), ARGV[2], ARGV[3] == '1'
local first, stride = 6, 8
local accepted, fresh, keys, tokens, calls_back = {}, {}, {}, {}, false
for i = first, #ARGV, stride do
  local token, key, digest = ARGV[i], ARGV[i + 2], ARGV[i + 3]
  local known = nil
  if key ~= '' then
    known = keys[key]
    if not known then
      local stored = redis.call('HMGET', P .. 'idem:' .. key, 'digest', 'token')
      -- A key is new again when its job has been deleted.
      if stored[1] and stored[2] and redis.call('EXISTS', job_key(stored[2])) == 1 then known = {stored[1], stored[2]} end
    end
    if not known then keys[key] = {digest, token} end
  end
  if known then
    if known[1] ~= digest then return {'conflict'} end
    accepted[#accepted + 1] = {known[2], again and known[2] == token and 0 or 1}
  elseif again and redis.call('EXISTS', job_key(token)) == 1 then
    accepted[#accepted + 1] = {token, 0}
  else
    if tokens[token] or redis.call('EXISTS', job_key(token)) == 1 then return {'conflict'} end
    tokens[token] = true
    fresh[#fresh + 1] = i
    calls_back = calls_back or ARGV[i + 6] ~= ''
    accepted[#accepted + 1] = {token, 0}
  end
end
if #fresh > 0 and redis.call('ZCARD', P .. 'waiting') + #fresh > capacity then return {'full'} end
if calls_back and (redis.call('ZCARD', P .. 'callbacks') >= tonumber(ARGV[4]) or held_bytes() > tonumber(ARGV[5])) then
  return {'full of callbacks'}
end
for _, i in ipairs(fresh) do
  local token, key, digest, patience = ARGV[i], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  redis.call('HSET', job_key(token), 'state', 0, 'attempt', 0, 'deaths', 0, 'lease', 0, 'not_before', 0,
             'accepted_at', whole(NOW), 'since', whole(NOW), 'spec_digest', ARGV[i + 5])
  redis.call('SET', P .. 'spec:' .. token, ARGV[i + 1])
  if key ~= '' then
    redis.call('HSET', P .. 'idem:' .. key, 'digest', digest, 'token', token)
    redis.call('EXPIRE', P .. 'idem:' .. key, remembered)
    redis.call('HSET', job_key(token), 'key', key)
  end
  if patience ~= '' then
    redis.call('HSET', job_key(token), 'not_after', whole(NOW + patience))
    redis.call('ZADD', P .. 'expires', whole(NOW + patience), token)
  end
  if ARGV[i + 6] ~= '' then ask_callback(token, ARGV[i + 6], ARGV[i + 7]) end
  begin_life(token)
  emit(token, 'queued', '{}')
  hint(token, 0, false)
end
return {'ok', figures(), accepted}
