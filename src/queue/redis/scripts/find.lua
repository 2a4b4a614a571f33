-- Reads a job. ARGV: token, then the names of further parts: spec, result, failures; at the end, events, and the life and the
-- seq after which they begin. Returns 'missing', 'evicted', or 'ok', the time in us, the job's fields, and the parts in the order of
-- ARGV. The part `events` is: the present life, 1 if the events continue after this place (otherwise they are all that
-- there are), 1 if the job has ended and none is missing, the last seq, and the events.
local job, f = job_key(ARGV[1]), job_fields(ARGV[1])
if not f then return missing(ARGV[1]) end
local function events_after(life, after)
  local s, key = redis.call('HMGET', job, 'life', 'whole', 'base', 'seq'), P .. 'events:' .. ARGV[1]
  local last = tonumber(s[4] or 0) or 0
  local first = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
  local from = first and tonumber(string.match(first[1], '^%d+')) or last + 1
  local continues = life == (s[1] or '0') and after + 1 >= from and after <= last
  local events = redis.call('XRANGE', key, '(' .. (continues and whole(after) or '0') .. '-1', '+', 'COUNT', 1024)
  return {s[1] or '0', continues and 1 or 0, s[2] == '2' and has_all_events(ARGV[1], s[4], s[3]) and 1 or 0, whole(last), events}
end
local answer = {'ok', whole(NOW), f}
for i = 2, #ARGV do
  if ARGV[i] == 'events' then
    answer[#answer + 1] = events_after(ARGV[i + 1], tonumber(ARGV[i + 2]))
    break
  elseif ARGV[i] == 'failures' then
    local names = failure_fields(job)
    answer[#answer + 1] = #names > 0 and redis.call('HMGET', job, unpack(names)) or {}
  else
    local text = redis.pcall('GET', P .. ARGV[i] .. ':' .. ARGV[1])
    answer[#answer + 1] = type(text) == 'string' and text
  end
end
return answer
