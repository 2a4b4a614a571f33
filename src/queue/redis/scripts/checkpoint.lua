-- Appends a part to a job's checkpoint, for the next holder. ARGV: token, lease, part, bytes of all parts at most, seconds
-- until they expire if the job never ends.
local job, parts = job_key(ARGV[1]), P .. 'checkpoint:' .. ARGV[1]
local f = redis.pcall('HMGET', job, 'state', 'lease', 'checkpoint_bytes')
if f[1] ~= '1' or f[2] ~= ARGV[2] then return {'lost'} end
local kept = redis.call('EXISTS', parts) == 1 and tonumber(f[3] or 0) or 0
if kept + #ARGV[3] > tonumber(ARGV[4]) then return {'full'} end
redis.call('RPUSH', parts, ARGV[3])
redis.call('EXPIRE', parts, ARGV[5])
redis.call('HSET', job, 'checkpoint_bytes', kept + #ARGV[3])
return {'ok'}
