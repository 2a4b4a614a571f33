-- Deletes a finished job with everything that belongs to it. ARGV: token. Returns 'missing', also if it is unfinished, or 'ok'.
local token = ARGV[1]
local f = job_fields(token)
if not f or not (f[1] == 'expired' or f[1] == '2' or f[1] == '3' or f[1] == '4') then return {'missing'} end
for _, kind in ipairs({'job:', 'spec:', 'result:', 'events:', 'checkpoint:'}) do redis.call('DEL', P .. kind .. token) end
redis.call('ZREM', P .. 'dead', token)
redis.call('ZREM', P .. 'expired', token)
return {'ok'}
