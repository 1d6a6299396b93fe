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

-- By the index in KEYS: the id of the stream's entry before, which is what a reader has read last if
-- it has missed nothing. A stream remembers it even when all its entries are gone, but that is
-- costly to ask.
local previous = {}
local created = {}
for i = 3, #KEYS do
  local last = redis.pcall('XREVRANGE', KEYS[i], '+', '-', 'COUNT', 1)
  if failed(last) then
    redis.pcall('DEL', KEYS[1])
    return last
  end
  if last[1] then
    previous[i] = last[1][1]
  else
    previous[i] = '0-0'
    local info = redis.pcall('XINFO', 'STREAM', KEYS[i])
    if not info.err then
      for field = 1, #info, 2 do
        if info[field] == 'last-generated-id' then
          previous[i] = info[field + 1]
        end
      end
    elseif string.find(info.err, 'no such key', 1, true) then
      created[i] = true
    else
      redis.pcall('DEL', KEYS[1])
      return info
    end
  end
end

local added = {}
local function undo(failure)
  for i, id in pairs(added) do
    if created[i] then
      redis.pcall('DEL', KEYS[i])
    else
      redis.pcall('XDEL', KEYS[i], id)
      -- Else the next entry could name as its previous one that nobody has seen.
      redis.pcall('XSETID', KEYS[i], previous[i])
    end
  end
  redis.pcall('DEL', KEYS[1])
  return failure
end

for i = 3, #KEYS do
  local id = redis.pcall('XADD', KEYS[i], '*', 'message', ARGV[i + 4], 'previous', previous[i])
  if failed(id) then
    return undo(id)
  end
  added[i] = id
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

-- Once a second for each stream, and last, as it cannot be undone. The first ten digits of an id are
-- seconds.
for i = 3, #KEYS do
  if string.sub(added[i], 1, 10) ~= string.sub(previous[i], 1, 10) then
    redis.pcall('PEXPIRE', KEYS[i], ARGV[4])
    local milliseconds = tonumber(string.match(added[i], '^%d+'))
    redis.pcall('XTRIM', KEYS[i], 'MINID', '~',
        string.format('%.0f', math.max(0, milliseconds - ARGV[4])))
    if ARGV[6] ~= '0' then
      redis.pcall('XTRIM', KEYS[i], 'MAXLEN', '~', ARGV[6])
    end
  end
end
return 1
