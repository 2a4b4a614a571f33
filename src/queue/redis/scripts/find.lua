-- Reads a job. ARGV: token, then the names of further parts: spec, result, failures; at the end, events and the seq after
-- which they begin. Returns 'missing', or 'ok', the time in us, the job's fields, and the parts in the order of ARGV.
local job, f = job_key(ARGV[1]), job_fields(ARGV[1])
if not f then return {'missing'} end
local answer = {'ok', whole(NOW), f}
for i = 2, #ARGV do
  if ARGV[i] == 'events' then
    answer[#answer + 1] = redis.call('XRANGE', P .. 'events:' .. ARGV[1], '(' .. ARGV[i + 1] .. '-1', '+', 'COUNT', 1024)
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
