-- Notes that a worker was asked to end: if its session dies, its jobs are released. ARGV: session, seconds that the note is
-- kept if no process removes the dead session.
if not redis.call('ZSCORE', P .. 'sessions', ARGV[1]) then return {'unknown'} end
go_beyond_maxmemory()
redis.call('SET', P .. 'ending:' .. ARGV[1], '1', 'EX', ARGV[2])
return {'ok'}
