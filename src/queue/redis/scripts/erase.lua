-- Deletes a finished job with everything that belongs to it, or the token of an evicted one. ARGV: token. Returns 'missing', also
-- if it is unfinished, or 'ok'.
local token = ARGV[1]
local f = job_fields(token)
if not f then return {redis.call('ZREM', P .. 'evicted', token) == 1 and 'ok' or 'missing'} end
if not (f[1] == 'expired' or f[1] == '2' or f[1] == '3' or f[1] == '4') then return {'missing'} end
uncount_finished(token)
delete_finished(token)
return {'ok'}
