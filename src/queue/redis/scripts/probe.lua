-- Writes, as accept.lua would: Redis refuses it without free memory, while it cannot write its file, and as a replica.
redis.call('SET', P .. 'probe', whole(NOW), 'EX', 60)
return {'ok'}
