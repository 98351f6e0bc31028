-- wrk: signed GitHub deliveries of BENCH_SIZE bytes, each with a delivery id of its own.
-- The signature covers only the body, so it is computed once, outside.
local body = string.format('{"ref":"refs/heads/main","note":"%s"}', string.rep("x", (tonumber(os.getenv("BENCH_SIZE")) or 1024) - 36))
local path = os.getenv("BENCH_PATH") or "/"
local signature = os.getenv("BENCH_SIGNATURE") or "none"
local run = os.getenv("BENCH_RUN") or "0"
local thread_count = 0

function setup(thread)
  thread:set("thread_id", thread_count)
  thread_count = thread_count + 1
end

function init(args)
  counter = 0
end

local head = "POST " .. path .. " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" ..
  "X-GitHub-Event: push\r\nX-Hub-Signature-256: sha256=" .. signature .. "\r\nContent-Length: " .. #body .. "\r\n"

function request()
  counter = counter + 1
  -- The shape of GitHub's ids; the scrambled front makes them as random to an index as real ones.
  local scrambled = (counter * 2654435761) % 4294967296
  return string.format("%sX-GitHub-Delivery: %08x-%s-%04x-0000-%012d\r\n\r\n%s", head, scrambled, run, thread_id, counter, body)
end

function done(summary, latency, requests)
  io.write(string.format("RESULT %d %.0f %.2f %.2f %.2f %d\n", summary.requests,
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
