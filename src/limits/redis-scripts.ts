/**
 * What is kept of a namespace, all under names that begin alike and hash to one slot of a cluster. ARGV[1] is how they
 * begin; each script is one step for whoever looks on.
 *
 * | `…:count:<meter>:<window>` | what was used, a whole number; it goes when its window counts for nothing any more |
 * | `…:lease:<id>` | hash: what a call holds, by counter |
 * | `…:leases` | sorted set of their ids, by when their time is over |
 * | `…:node:<id>` | the number of the last batch of a node that was counted |
 */
const CHANGES = `
local prefix = ARGV[1]
local function count(name, amount, ttl)
  local counter = prefix .. ':count:' .. name
  local now = redis.call('INCRBY', counter, amount)
  if now < 0 then redis.call('INCRBY', counter, -now) end
  if ttl then redis.call('PEXPIRE', counter, ttl) end
end
local function give_back(id)
  local lease = prefix .. ':lease:' .. id
  local held = redis.call('HGETALL', lease)
  for at = 1, #held, 2 do
    if redis.call('EXISTS', prefix .. ':count:' .. held[at]) == 1 then
      count(held[at], '-' .. held[at + 1])
    end
  end
  redis.call('DEL', lease)
  redis.call('ZREM', prefix .. ':leases', id)
end`;

/**
 * prefix, now, lease or "", its end, its milliseconds; how many leases end, their ids; then for each claim: counter, the one of the window before, what of
 * that still counts (milliseconds, of how many), limit, amount, what the node has not told yet of both, milliseconds to
 * keep. Answers with 1 where it is granted, and what was counted before, for each claim both.
 */
export const CLAIM = `${CHANGES}
local now, lease, ends, lease_ttl = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local first = 7 + tonumber(ARGV[6])
for at = 7, first - 1 do give_back(ARGV[at]) end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', prefix .. ':leases', '-inf', now, 'LIMIT', 0, 100)) do
  give_back(id)
end
local granted = 1
local answer = { 1 }
for at = first, #ARGV, 9 do
  local current = redis.call('GET', prefix .. ':count:' .. ARGV[at]) or '0'
  local previous = redis.call('GET', prefix .. ':count:' .. ARGV[at + 1]) or '0'
  answer[#answer + 1] = current
  answer[#answer + 1] = previous
  local left, size, limit, amount = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  local used = tonumber(current) + tonumber(ARGV[at + 6])
  if left > 0 then used = used + ((tonumber(previous) + tonumber(ARGV[at + 7])) * left) / size end
  if amount > 0 then
    if used + amount > limit then granted = 0 end
  elseif used >= limit then
    granted = 0
  end
end
answer[1] = granted
if granted == 0 then return answer end
for at = first, #ARGV, 9 do
  if tonumber(ARGV[at + 5]) > 0 then
    count(ARGV[at], ARGV[at + 5], ARGV[at + 8])
    if lease ~= '' then
      redis.call('HINCRBY', prefix .. ':lease:' .. lease, ARGV[at], ARGV[at + 5])
      redis.call('PEXPIRE', prefix .. ':lease:' .. lease, lease_ttl)
      redis.call('ZADD', prefix .. ':leases', ends, lease)
    end
  end
end
return answer`;

/**
 * prefix, node, number of its batch, milliseconds to remember that, how many leases end, their ids; then for each counter:
 * its name, what is added, milliseconds to keep it. A batch that was counted is not counted again. Answers with what
 * each counter is then.
 */
export const COUNT = `${CHANGES}
local node = prefix .. ':node:' .. ARGV[2]
local first = 6 + tonumber(ARGV[5])
if tonumber(ARGV[3]) > tonumber(redis.call('GET', node) or '0') then
  for at = 6, first - 1 do give_back(ARGV[at]) end
  for at = first, #ARGV, 3 do
    if ARGV[at + 1] ~= '0' then count(ARGV[at], ARGV[at + 1], ARGV[at + 2]) end
  end
  redis.call('SET', node, ARGV[3], 'PX', ARGV[4])
end
local answer = {}
for at = first, #ARGV, 3 do
  answer[#answer + 1] = redis.call('GET', prefix .. ':count:' .. ARGV[at]) or '0'
end
return answer`;
