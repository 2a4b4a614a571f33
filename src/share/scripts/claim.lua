-- DIGEST OWNER TIME: 1 if OWNER may compile it, for TIME ms if the claim is not renewed; 0 if it is there or claimed.
local P, digest, owner, time = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', P .. 'artifact:' .. digest) == 1 then return 0 end
return redis.call('SET', P .. 'artifact-claim:' .. digest, owner, 'NX', 'PX', time) and 1 or 0
