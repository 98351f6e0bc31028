#!/bin/sh
# Measures the outbox: 100,000 callbacks to 100 destinations (BENCH_DESTINATIONS: 1 to 100) that answer at once, while one more never
# does. Prints the rate and the memory, and asserts that all were sent. Wants nginx, sqlite3, curl and python3.
set -eu
cd "$(dirname "$0")/../.."
for tool in nginx sqlite3 curl python3; do command -v "$tool" >/dev/null 2>&1 || { echo "bench: please install $tool" >&2; exit 1; }; done
work=$(mktemp -d)
server= nginx= hanging=
cleanup() { for pid in $server $nginx $hanging; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT INT TERM
address=127.0.0.1:18207 count=${BENCH_NOTIFICATIONS:-100000} destinations=${BENCH_DESTINATIONS:-100}
{ printf 'daemon off; worker_processes 1; pid %s/nginx.pid; error_log %s/nginx.log;\nevents { worker_connections 1024; }\nhttp { access_log off;\n' "$work" "$work"
  printf 'keepalive_requests 100000000; client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s;\n' \
    "$work" "$work" "$work" "$work" "$work"
  printf 'server { '; seq -f 'listen 127.0.0.1:%.0f;' 19000 19099; printf 'location / { return 200; } } }\n'; } >"$work/nginx.conf"
nginx -c "$work/nginx.conf" -p "$work" 2>/dev/null & nginx=$!
python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 19100)); held = []
while True: held.append(s.accept())' & hanging=$!
printf 'version: 1\ncallback_allow: [127.0.0.0/8]\nendpoints:\n  - {name: told, command: "true", public: true, callback_url: "http://127.0.0.1:19000/first"}\n' >"$work/wrapd.yaml"
start() {
  SLUICE_ADMIN_TOKEN=bench-bench-bench-bench .build/release/sluice serve --config "$work/wrapd.yaml" --data "$work/data" --listen $address \
    >"$work/out" 2>"$work/err" & server=$!
  until curl -so /dev/null "http://$address/healthz"; do kill -0 "$server" || { cat "$work/err" >&2; exit 1; }; sleep 0.02; done
}
stop() { kill "$server"; wait "$server" 2>/dev/null || true; server=; }
sql() { sqlite3 -cmd '.timeout 5000' "$work/data/sluice.db" "$1"; }
memory() { awk '/VmRSS/ {printf "%.1f", $2 / 1024}' "/proc/$server/status"; }
# One real call is told; its row is then the pattern of all others.
start
curl -so /dev/null "http://$address/v1/user/told" -d '{}'
until [ "$(sql "SELECT count(*) FROM notifications WHERE status = 'sent'")" = 1 ]; do sleep 0.05; done
stop
rows() { # how many, port of the first, destinations
  sql "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
    INSERT INTO notifications (kind, event_id, call_id, endpoint_id, destination, lane, status, created_at, due_at)
    SELECT kind, event_id, call_id, endpoint_id, url, url, 'pending', created_at, due_at
    FROM (SELECT i, 'http://127.0.0.1:' || ($2 + i % $3) || '/hook' AS url FROM n), (SELECT * FROM notifications WHERE id = (SELECT min(id) FROM notifications))"
}
rows 10 19100 1
rows "$count" 19000 "$destinations"
begin=$(date +%s.%N)
start
peak=0
until left=$(sql "SELECT count(*) FROM notifications WHERE status = 'pending' AND lane NOT LIKE '%:19100/%'"); [ "$left" = 0 ]; do
  peak=$(awk "BEGIN {print ($(memory) > $peak) ? $(memory) : $peak}")
  [ "$(sql "SELECT count(*) FROM notifications WHERE status = 'dead'")" = 0 ] || { echo "bench: some were refused" >&2; exit 1; }
  sleep 0.5
done
end=$(date +%s.%N)
awk "BEGIN {printf \"%d notifications to %d destinations, one more hangs: %.0f a second (wanted: 2000), at most %s MB (wanted: 100)\n\",
  $count, $destinations, $count / ($end - $begin), $peak}"
echo "of the one that hangs: $(sql "SELECT count(*) || ' wait, ' || max(attempts) || ' tried' FROM notifications WHERE status = 'pending'")"
