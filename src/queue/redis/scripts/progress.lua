-- Adds an event of an open lease. ARGV: token, lease, kind, data.
local f = redis.pcall('HMGET', job_key(ARGV[1]), 'state', 'lease')
if f[1] ~= '1' or f[2] ~= ARGV[2] then return {'lost'} end
emit(ARGV[1], ARGV[3], ARGV[4])
return {'ok'}
