-- DIGEST OWNER TIME: extends OWNER's claim to TIME ms from now; 0 ends it.
local claim = KEYS[1] .. 'artifact-claim:' .. ARGV[1]
if redis.call('GET', claim) == ARGV[2] then redis.call('PEXPIRE', claim, ARGV[3]) end
return 1
