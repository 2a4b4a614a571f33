-- Deletes the callback of a job, in any state. ARGV: token, seconds that a finished job is stored. Returns 'missing' or 'ok'.
local c = callback_of(ARGV[1])
if not c then return {'missing'} end
go_beyond_maxmemory()
forget_callback(ARGV[1])
if c.state == WAITING or c.state == SENDING then let_job_go(ARGV[1], ARGV[2]) end
return {'ok'}
