-- A page of the jobs in one state, oldest first. ARGV: state, minimum age in us, number of jobs, and the last score and
-- token of the previous page. Oldest means: first in the state's index. Reads a bounded number of jobs, so that it blocks
-- Redis only for a short time.
local index = ({['0'] = 'waiting', ['1'] = 'leased', ['4'] = 'dead', ['5'] = 'expired'})[ARGV[1]]
local state = ARGV[1] == '5' and 'expired' or ARGV[1]
local born_by, limit, score, last = NOW - ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local jobs, looked_at, rank = {}, 0, 0
local function add(token, f)
  local job = job_key(token)
  local names = failure_fields(job)
  local session = redis.call('HGET', job, 'session')
  local lives_until = session and tonumber(redis.call('ZSCORE', P .. 'sessions', session) or 0) or 0
  jobs[#jobs + 1] = {token, f, #names > 0 and redis.call('HGET', job, names[#names]) or '', session or '',
                     lives_until > NOW and 1 or 0}
end
if ARGV[1] == '2' or ARGV[1] == '3' then  -- Done and cancelled jobs have no index: all jobs are looked at, without order.
  local cursor = score == '' and '0' or score
  repeat
    local found = redis.call('SCAN', cursor, 'MATCH', job_key('*'), 'COUNT', math.min(limit, 500))
    cursor = found[1]
    for _, key in ipairs(found[2]) do
      looked_at = looked_at + 1
      local token = string.sub(key, #job_key('') + 1)
      local f = job_fields(token)
      if f and f[1] == state and (tonumber(f[6] or 0) or 0) <= born_by then add(token, f) end
    end
    looked_at = looked_at + 1
  until cursor == '0' or looked_at >= 2000 or #jobs >= limit
  if cursor == '0' then return {'ok', whole(NOW), jobs, '', ''} end
  return {'ok', whole(NOW), jobs, cursor, '-'}
end
if score ~= '' then
  -- Many jobs may have the same score. If the last one was removed, the other jobs of its score are listed again.
  local now_at = redis.call('ZSCORE', P .. index, last)
  local is_there = now_at and whole(tonumber(now_at)) == score
  rank = is_there and redis.call('ZRANK', P .. index, last) + 1 or redis.call('ZCOUNT', P .. index, '-inf', '(' .. score)
end
while looked_at < 2000 and #jobs < limit do
  local entries = redis.call('ZRANGE', P .. index, rank, rank + 99, 'WITHSCORES')
  if #entries == 0 then return {'ok', whole(NOW), jobs, '', ''} end
  for i = 1, #entries, 2 do
    rank, looked_at = rank + 1, looked_at + 1
    last, score = entries[i], whole(tonumber(entries[i + 1]))
    local f = job_fields(last)
    if f and f[1] == state and (tonumber(f[6] or 0) or 0) <= born_by then
      add(last, f)
      if #jobs == limit then break end
    end
  end
end
return {'ok', whole(NOW), jobs, score, last}
