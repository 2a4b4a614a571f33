-- A page of the callbacks in an index, by its order. ARGV: index, number of callbacks, and the last score and token of the previous
-- page. Returns 'ok', the time in us, the callbacks, and the last score and token (empty: this is the last page).
local index, limit, score, last = P .. ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local is_of_dead, callbacks, rank = ARGV[1] == 'callbacks_dead', {}, 0
if score ~= '' then
  -- Many callbacks may have the same score. If the last one was removed, the other ones of its score are listed again.
  local now_at = redis.call('ZSCORE', index, last)
  local is_there = now_at and whole(tonumber(now_at)) == score
  rank = is_there and redis.call('ZRANK', index, last) + 1 or redis.call('ZCOUNT', index, '-inf', '(' .. score)
end
local entries = redis.call('ZRANGE', index, rank, rank + limit - 1, 'WITHSCORES')
for i = 1, #entries, 2 do
  local c = callback_of(entries[i])
  local is_listed = c and (c.state == DEAD) == is_of_dead
  if is_listed then callbacks[#callbacks + 1] = shown_callback(entries[i]) end
end
if #entries < 2 * limit then return {'ok', whole(NOW), callbacks, '', ''} end
return {'ok', whole(NOW), callbacks, whole(tonumber(entries[#entries])), entries[#entries - 1]}
