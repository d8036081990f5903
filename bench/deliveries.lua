-- Requests for wrk, each sent once: a file in which the length of each, in eight digits, is in front of it.
local all, at, threads = "", 1, {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  local file = io.open(arguments[1], "rb")
  all = file:read("*a")
  file:close()
end

function request()
  began = began or os.clock()
  if at > #all then
    wrk.thread:stop()
    at = 1
  end
  local first = at + 8
  at = first + tonumber(all:sub(at, at + 7))
  return all:sub(first, at - 1)
end

-- Answers, those that weren't 2xx or 3xx, broken connections, seconds, p50 and p99 in seconds, CPU time.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("SENT %d %d %d %f %f %f %f\n", summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6, os.clock() - threads[1]:get("began")))
end
