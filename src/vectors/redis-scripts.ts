/**
 * What is kept of a collection, all under names that begin alike and hash to one slot of a cluster:
 *
 * | `…:entry:<key>` | hash: partition, value, stored, expires; with a vector also vector and scope |
 * | `…:partition:<partition>` | sorted set of the keys with a vector, by when they were stored |
 * | `…:keys`, `…:partitions` | sorted sets of all of them, by when they expire |
 *
 * Each script is one step for whoever looks on. ARGV[1] is how the names begin.
 */
const DROP = `
local function drop(prefix, key)
  local name = prefix .. ':entry:' .. key
  local kept = redis.call('HMGET', name, 'partition', 'expires')
  if not kept[1] then return nil end
  redis.call('ZREM', prefix .. ':partition:' .. kept[1], key)
  redis.call('ZREM', prefix .. ':keys', key)
  redis.call('DEL', name)
  return kept[2]
end`;

/** prefix, key, partition, value, stored, expires or "", now, vector or "", the most entries of a partition, scope */
export const PUT = `${DROP}
local prefix, key, partition, value, stored, expires, now, vector, most, scope = unpack(ARGV)
drop(prefix, key)
local name = prefix .. ':entry:' .. key
redis.call('HSET', name, 'partition', partition, 'value', value, 'stored', stored, 'expires', expires)
local last = expires == '' and '+inf' or expires
redis.call('ZADD', prefix .. ':keys', last, key)
redis.call('ZREMRANGEBYSCORE', prefix .. ':keys', '-inf', now)
if expires ~= '' then redis.call('PEXPIREAT', name, expires) end
if vector == '' then return 1 end
redis.call('HSET', name, 'vector', vector, 'scope', scope)
local members = prefix .. ':partition:' .. partition
local isNew = redis.call('EXISTS', members) == 0
redis.call('ZADD', members, stored, key)
local known = redis.call('ZSCORE', prefix .. ':partitions', partition)
if expires == '' then
  redis.call('PERSIST', members)
  redis.call('ZADD', prefix .. ':partitions', '+inf', partition)
elseif isNew or not known or tonumber(known) < tonumber(expires) then
  redis.call('PEXPIREAT', members, expires)
  redis.call('ZADD', prefix .. ':partitions', expires, partition)
end
redis.call('ZREMRANGEBYSCORE', prefix .. ':partitions', '-inf', now)
local spare = redis.call('ZCARD', members) - tonumber(most)
if spare > 0 then
  for _, old in ipairs(redis.call('ZRANGE', members, 0, spare - 1)) do drop(prefix, old) end
end
return 1`;

/** prefix, partition: key, expires and vector of each */
export const CANDIDATES = `
local prefix, partition = unpack(ARGV)
local members = prefix .. ':partition:' .. partition
local found = {}
for _, key in ipairs(redis.call('ZREVRANGE', members, 0, -1)) do
  local kept = redis.call('HMGET', prefix .. ':entry:' .. key, 'vector', 'expires')
  if kept[1] then
    found[#found + 1] = key
    found[#found + 1] = kept[2]
    found[#found + 1] = kept[1]
  else
    redis.call('ZREM', members, key)
  end
end
return found`;

/** prefix, key: when it would have expired, "" for never; nil where there was none */
export const REMOVE = `${DROP}
return drop(ARGV[1], ARGV[2])`;

/** prefix, how many at most: how many are left */
export const REMOVE_SOME = `${DROP}
local prefix, most = unpack(ARGV)
local keys = prefix .. ':keys'
for _, key in ipairs(redis.call('ZRANGE', keys, 0, tonumber(most) - 1)) do
  drop(prefix, key)
  redis.call('ZREM', keys, key)
end
local left = redis.call('ZCARD', keys)
if left == 0 then
  for _, partition in ipairs(redis.call('ZRANGE', prefix .. ':partitions', 0, -1)) do
    redis.call('DEL', prefix .. ':partition:' .. partition)
  end
  redis.call('DEL', prefix .. ':partitions')
end
return left`;
