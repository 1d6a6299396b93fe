-- Gives one ended session all its effects, once.
--
-- KEYS[1] guard: exists once this message has been sent
-- KEYS[2] ended-marker of the session
-- KEYS[3..] streams, each with the channel of the same name
-- ARGV[1] life of the guard, ms       ARGV[2] life of the ended-marker, ms
-- ARGV[3] time of the end, s          ARGV[4] retention of the streams, ms
-- ARGV[5] PUBLISH or SPUBLISH         ARGV[6] the most entries of a stream, 0 for any number
-- ARGV[7..] the message for KEYS[3..]
--
-- Returns 1 when sent, 0 when it had been sent before. A script is not rolled back when a command
-- in it fails, so whatever stands before the failure is undone here and the whole can be repeated.

if not redis.call('SET', KEYS[1], ARGV[3], 'NX', 'PX', ARGV[1]) then
  -- Also a write, so that WAIT after it waits for all that was written before.
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  return 0
end

local function failed(reply)
  return type(reply) == 'table' and reply.err
end

-- By stream: the id of the last entry before, which is what a reader has read last if it has missed
-- nothing. A stream remembers it even when its entries are trimmed.
local previous = {}
local created = {}
for i = 3, #KEYS do
  local info = redis.pcall('XINFO', 'STREAM', KEYS[i])
  if not failed(info) then
    for field = 1, #info, 2 do
      if info[field] == 'last-generated-id' then
        previous[KEYS[i]] = info[field + 1]
      end
    end
  elseif string.find(info.err, 'no such key', 1, true) then
    previous[KEYS[i]] = '0-0'
    created[KEYS[i]] = true
  else
    redis.pcall('DEL', KEYS[1])
    return info
  end
end

local added = {}
local function undo(failure)
  for key, id in pairs(added) do
    if created[key] then
      redis.pcall('DEL', key)
    else
      redis.pcall('XDEL', key, id)
      -- Else the next entry would name as its previous one that nobody has seen.
      redis.pcall('XSETID', key, previous[key])
    end
  end
  redis.pcall('DEL', KEYS[1])
  return failure
end

local now = redis.call('TIME')
local oldest = string.format('%.0f', math.max(0, now[1] * 1000 - ARGV[4]))
for i = 3, #KEYS do
  local id = redis.pcall('XADD', KEYS[i], 'MINID', '~', oldest, '*',
      'message', ARGV[i + 4], 'previous', previous[KEYS[i]])
  if failed(id) then
    return undo(id)
  end
  added[KEYS[i]] = id
  redis.pcall('PEXPIRE', KEYS[i], ARGV[4])
end

local marked = redis.pcall('SET', KEYS[2], ARGV[3], 'PX', ARGV[2])
if failed(marked) then
  return undo(marked)
end

for i = 3, #KEYS do
  local heard = redis.pcall(ARGV[5], KEYS[i], ARGV[i + 4])
  if failed(heard) and ARGV[5] == 'SPUBLISH' and string.find(heard.err, 'nknown', 1, true) then
    -- A server before 7.0, which has no sharded channels.
    heard = redis.pcall('PUBLISH', KEYS[i], ARGV[i + 4])
  end
  if failed(heard) then
    return undo(heard)
  end
end

if ARGV[6] ~= '0' then
  -- Last, as it cannot be undone.
  for i = 3, #KEYS do
    redis.pcall('XTRIM', KEYS[i], 'MAXLEN', '~', ARGV[6])
  end
end
return 1
