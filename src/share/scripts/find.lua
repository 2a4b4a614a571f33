-- DIGEST TTL: returns {the artifact, 0} and keeps it for TTL ms from now; or {false, remaining ms of the claim on it}.
local P, digest, ttl = KEYS[1], ARGV[1], ARGV[2]
local artifact = P .. 'artifact:' .. digest
local value = redis.call('GET', artifact)
if not value then return {false, redis.call('PTTL', P .. 'artifact-claim:' .. digest)} end
local time = redis.call('TIME')
redis.call('ZADD', P .. 'artifacts:used', 'XX', time[1] * 1000 + math.floor(time[2] / 1000), digest)
for _, key in ipairs({artifact, P .. 'artifacts:used', P .. 'artifacts:sizes', P .. 'artifacts:bytes'}) do
  redis.call('PEXPIRE', key, ttl)
end
return {value, 0}
