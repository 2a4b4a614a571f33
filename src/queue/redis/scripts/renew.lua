-- Extends a worker's session. ARGV: session, its length in us, 1 if it is new, lowest number of the claims without a reply,
-- then token and lease of each job it holds. Returns 'unknown' if the session has ended; otherwise 'ok', the leases that it
-- has lost, the jobs of earlier claims that it does not hold (their replies were lost), and 0 if its announcement is not
-- stored.
local me, open_from = ARGV[1], tonumber(ARGV[4])
local deadline = redis.call('ZSCORE', P .. 'sessions', me)
if deadline and tonumber(deadline) <= NOW then return {'unknown'} end
if not deadline and ARGV[3] ~= '1' then return {'unknown'} end
go_beyond_maxmemory()
redis.call('ZADD', P .. 'sessions', whole(NOW + ARGV[2]), me)

local named, lost, orphans = {}, {}, {}
for i = 5, #ARGV, 2 do
  named[ARGV[i]] = true
  local f = redis.pcall('HMGET', job_key(ARGV[i]), 'state', 'lease')
  if f[1] ~= '1' or f[2] ~= ARGV[i + 1] then lost[#lost + 1] = {ARGV[i], ARGV[i + 1]} end
end
local held = redis.call('HGETALL', P .. 'held:' .. me)
for i = 1, #held, 2 do
  local token, number = held[i], tonumber(held[i + 1])
  if not named[token] and number < open_from then
    local f = redis.pcall('HMGET', job_key(token), 'lease', 'session')
    if f[1] and f[2] == me then
      orphans[#orphans + 1] = {token, f[1]}
    else
      redis.call('HDEL', P .. 'held:' .. me, token)
    end
  end
end
local announced = redis.call('PEXPIRE', P .. 'announced:' .. me, whole(ARGV[2] / 500))  -- Two leases, in ms.
return {'ok', lost, orphans, announced}
