-- Appends a part to a job's checkpoint, for the next holder. ARGV: token, lease, part, maximum size of all parts in bytes,
-- seconds after which they expire if no part follows and the job does not end, and the number of the lease's last event.
-- Returns 'ok', 'lost' or 'full'.
local job, parts = job_key(ARGV[1]), P .. 'checkpoint:' .. ARGV[1]
local f = redis.pcall('HMGET', job, 'state', 'lease', 'checkpoint_bytes', 'told')
if f[1] ~= '1' or f[2] ~= ARGV[2] then return {'lost'} end
local kept = redis.call('EXISTS', parts) == 1 and tonumber(f[3] or 0) or 0
if kept + #ARGV[3] > tonumber(ARGV[4]) then return {'full'} end
redis.call('RPUSH', parts, ARGV[3])
redis.call('EXPIRE', parts, ARGV[5])
redis.call('HSET', job, 'checkpoint_bytes', kept + #ARGV[3])
-- The next attempt must not count on events that the stream does not have.
if ARGV[6] and (tonumber(f[4] or 0) or 0) < tonumber(ARGV[6]) then redis.call('HSET', job, 'whole', 0) end
return {'ok'}
