-- ARGV: token, then the names of what else is wanted: spec, result, events and the seq they come after.
local f = redis.call('HMGET', job_key(ARGV[1]), 'state', 'attempt', 'deaths', 'lease', 'not_before', 'accepted_at', 'last')
if redis.call('EXISTS', job_key(ARGV[1])) == 0 then return {'missing'} end
local answer = {'ok', whole(NOW), f}
for i = 2, #ARGV do
  if ARGV[i] == 'events' then
    answer[#answer + 1] = redis.call('XRANGE', P .. 'events:' .. ARGV[1], '(' .. ARGV[i + 1] .. '-1', '+', 'COUNT', 1024)
    break
  end
  answer[#answer + 1] = redis.call('GET', P .. ARGV[i] .. ':' .. ARGV[1])
end
return answer
