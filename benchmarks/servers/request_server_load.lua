-- For request_server_load.sh: gives each request an id of its own, and counts
-- the responses that name another one than their header, or an id that nobody
-- waits for.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  context = args[1] == "true"
  made, answered, mixed, failed = 0, 0, 0, 0
  waiting = {}
end

function request()
  made = made + 1
  local id = "t" .. number .. "-" .. made
  waiting[id] = true
  return wrk.format("GET", "/hops", {["X-Request-Id"] = id})
end

function response(status, headers, body)
  answered = answered + 1
  if status ~= 200 then
    failed = failed + 1
  elseif context then
    local id = headers["X-Request-Id"]
    local hops, right = 0, id ~= nil and waiting[id] == true
    for seen in body:gmatch('"request_id":"([^"]*)"') do
      hops = hops + 1
      right = right and seen == id
    end
    if not right or hops ~= 8 then mixed = mixed + 1 end
    if id ~= nil then waiting[id] = nil end
  end
end

function done(summary)
  local sums = {answered = 0, mixed = 0, failed = 0}
  for _, thread in ipairs(threads) do
    for name in pairs(sums) do sums[name] = sums[name] + thread:get(name) end
  end
  print(string.format("answered=%d mixed=%d failed=%d requests_per_second=%.0f",
                      sums.answered, sums.mixed, sums.failed,
                      summary.requests / (summary.duration / 1e6)))
end
