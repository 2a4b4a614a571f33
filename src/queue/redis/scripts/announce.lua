-- Stores a worker's announcement, which expires with its session. ARGV: session, ms until it expires, the text.
local session, announced = ARGV[1], P .. 'announced:' .. ARGV[1]
local ends = redis.call('ZSCORE', P .. 'sessions', session)
if not ends or tonumber(ends) <= NOW then return {'unknown'} end
redis.call('HSET', announced, 'text', ARGV[3])
redis.call('HSETNX', announced, 'since', whole(NOW))
redis.call('PEXPIRE', announced, ARGV[2])
return {'ok'}
