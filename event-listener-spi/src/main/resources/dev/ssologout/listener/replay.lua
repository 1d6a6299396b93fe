-- Appends messages to one stream once more and publishes them on the channel of the same name.
--
-- KEYS[1] the stream
-- ARGV[1] retention of the stream, ms ARGV[2] PUBLISH or SPUBLISH
-- ARGV[3..] the messages
--
-- Returns how many there were.

local function last()
  local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
  if info.err then
    if string.find(info.err, 'no such key', 1, true) then
      return '0-0'
    end
    return info
  end
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      return info[i + 1]
    end
  end
end

local previous = last()
if type(previous) == 'table' then
  return previous
end
for i = 3, #ARGV do
  previous = redis.call('XADD', KEYS[1], '*', 'message', ARGV[i], 'previous', previous)
  local heard = redis.pcall(ARGV[2], KEYS[1], ARGV[i])
  if type(heard) == 'table' and heard.err then
    if ARGV[2] ~= 'SPUBLISH' or not string.find(heard.err, 'nknown', 1, true) then
      return heard
    end
    redis.call('PUBLISH', KEYS[1], ARGV[i])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return #ARGV - 2
