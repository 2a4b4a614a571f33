-- Ends a worker's session. ARGV: session. Returns 'held', and changes nothing, if it holds jobs.
if redis.call('HLEN', P .. 'held:' .. ARGV[1]) > 0 then return {'held'} end
redis.call('ZREM', P .. 'sessions', ARGV[1])
redis.call('DEL', P .. 'announced:' .. ARGV[1], P .. 'ending:' .. ARGV[1])
if redis.call('GET', P .. 'keeper') == ARGV[1] then redis.call('DEL', P .. 'keeper') end
return {'ok'}
