-- Adds an event of an open lease. ARGV: token, lease, kind, data, number of the event under this lease. An event that is sent
-- again is not added again.
local job = job_key(ARGV[1])
local f = redis.pcall('HMGET', job, 'state', 'lease', 'told')
if f[1] ~= '1' or f[2] ~= ARGV[2] then return {'lost'} end
local told, number = tonumber(f[3] or 0) or 0, tonumber(ARGV[5])
if number <= told then return {'ok'} end
if number > told + 1 then redis.call('HSET', job, 'whole', 0) end
redis.call('HSET', job, 'told', number)
emit(ARGV[1], ARGV[3], ARGV[4])
return {'ok'}
