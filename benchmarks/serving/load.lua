-- The load of one round for wrk. The environment says what to send:
--   BENCH_BODY  file with the JSON body; every @ID@ in it becomes an id that was never sent before
--   BENCH_RUN   a word of this round alone, the beginning of its ids
-- The last line of standard output is one JSON object; times in it are microseconds.

local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
local body = file:read("*a")
file:close()

wrk.method = "POST"
wrk.body = body
wrk.headers["Content-Type"] = "application/json"

if body:find("@ID@", 1, true) then
   local parts, from = {}, 1
   while true do
      local first, last = body:find("@ID@", from, true)
      if not first then break end
      parts[#parts + 1] = body:sub(from, first - 1)
      from = last + 1
   end
   local rest, run, sent = body:sub(from), os.getenv("BENCH_RUN"), 0
   function request()
      local written = {}
      for place = 1, #parts do
         sent = sent + 1
         written[#written + 1] = parts[place]
         written[#written + 1] = run .. "-" .. sent
      end
      written[#written + 1] = rest
      return wrk.format(nil, nil, nil, table.concat(written))
   end
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      '{"requests":%d,"duration_us":%d,"p50_us":%.0f,"p99_us":%.0f,' ..
      '"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
