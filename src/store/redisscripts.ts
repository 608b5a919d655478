/** What the server does for us in one go, in Lua. */

/** Puts a zone that is ready in the place of the one there is. KEYS: the new, the zone, where the old one goes. */
export const SWITCH = `
redis.call('PERSIST', KEYS[1])
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[3]) end
redis.call('RENAME', KEYS[1], KEYS[2])
if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('UNLINK', KEYS[3]) end
return 1`

/**
 * Changes fields, unless one of those that the change rests on is not what it was. ARGV: how many were read, for each its name, 1
 * or 0 (it was there or not) and its value; then for each change the same.
 */
export const CHANGE = `
local at = 2
for i = 1, tonumber(ARGV[1]) do
  local value = redis.call('HGET', KEYS[1], ARGV[at])
  if (ARGV[at + 1] == '1') ~= (value ~= false) or (value and value ~= ARGV[at + 2]) then return 0 end
  at = at + 3
end
while at <= #ARGV do
  if ARGV[at + 1] == '1' then redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 2])
  else redis.call('HDEL', KEYS[1], ARGV[at]) end
  at = at + 3
end
return 1`
