-- DIGEST OWNER TIME: returns 1 and claims the artifact for OWNER, for TIME ms; 0 if it is available or already claimed.
local P, digest, owner, time = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', P .. 'artifact:' .. digest) == 1 then return 0 end
return redis.call('SET', P .. 'artifact-claim:' .. digest, owner, 'NX', 'PX', time) and 1 or 0
