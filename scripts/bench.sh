#!/bin/sh
# Measures durable, verified, deduplicated 202s beside nginx's static `return 202` with the same load, alternating on this machine.
# Wants wrk, nginx, openssl and sqlite3. Prints figures and a ratio; asserts only that every 202 is in the database.
set -eu
cd "$(dirname "$0")/.."
for tool in wrk nginx openssl sqlite3; do
  command -v "$tool" >/dev/null 2>&1 || { echo "bench: please install $tool" >&2; exit 1; }
done
rounds=${BENCH_ROUNDS:-3} seconds=${BENCH_SECONDS:-5}
work=$(mktemp -d)
sluice= nginx=
cleanup() {
  [ -z "$sluice" ] || kill "$sluice" 2>/dev/null || true
  [ -z "$nginx" ] || kill "$nginx" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT INT TERM

cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; client_body_temp_path $work; proxy_temp_path $work; fastcgi_temp_path $work;
  uwsgi_temp_path $work; scgi_temp_path $work; server { listen 127.0.0.1:18202 backlog=4096; location / { return 202; } } }
CONF
cat >"$work/wrapd.yaml" <<CONF
version: 1
endpoints:
  - {name: bench, command: "true", trigger: webhook, webhook_source: github, secret: \$BENCH_SECRET, public: true, approval_required: true}
CONF

nginx -c "$work/nginx.conf" -p "$work" 2>/dev/null & nginx=$!
BENCH_SECRET=bench SLUICE_ADMIN_TOKEN=bench-bench-bench-bench .build/release/sluice serve --config "$work/wrapd.yaml" \
  --data "$work/data" --listen 127.0.0.1:18203 >"$work/out" 2>"$work/err" & sluice=$!
for port in 18202 18203; do
  tries=0
  until curl -so /dev/null "http://127.0.0.1:$port/healthz"; do
    tries=$((tries + 1)); [ $tries -lt 100 ] || { echo "bench: nothing answers on port $port" >&2; cat "$work/err" >&2; exit 1; }
    sleep 0.1
  done
done
memory() { awk '/VmRSS/ {printf "%.1f MB", $2 / 1024}' "/proc/$sluice/status"; }
echo "idle memory: $(memory)"

# p50, p99 and p99.9 in milliseconds
load() { # port path run connections size
  BENCH_SIGNATURE=$(printf '{"ref":"refs/heads/main","note":"%s"}' "$(printf "%$(($5 - 36))s" '' | tr ' ' x)" \
    | openssl dgst -sha256 -hmac bench -r | cut -d' ' -f1)
  BENCH_SIGNATURE=$BENCH_SIGNATURE BENCH_SIZE=$5 BENCH_PATH=$2 BENCH_RUN=$3 \
    wrk -t1 -c"$4" -d"${seconds}s" -s scripts/bench/delivery.lua "http://127.0.0.1:$1" | grep '^RESULT'
}
syncs() { curl -s http://127.0.0.1:18203/metrics | awk '/^sluice_store_syncs_total/ {print $2}'; }
accepted=0 tag=0
compare() { # connections size rounds
  : >"$work/ratios"
  round=1
  while [ "$round" -le "$3" ]; do
    tag=$((tag + 1))
    set -- "$1" "$2" "$3" $(load 18202 / "$(printf '%04x' $tag)" "$1" "$2")
    base=$6
    printf '%4d connections, %3d KiB: nginx %6d/s  p50 %6.2f  p99 %6.2f  p99.9 %6.2f\n' "$1" $(($2 / 1024)) "$6" "$7" "$8" "$9"
    before=$(syncs)
    set -- "$1" "$2" "$3" $(load 18203 /v1/user/bench "$(printf '%04x' $tag)" "$1" "$2")
    done=$(($(syncs) - before))
    accepted=$((accepted + $5))
    printf '                         sluice %6d/s  p50 %6.2f  p99 %6.2f  p99.9 %6.2f  errors %d  %d syncs/s, %.1f a sync  %s\n' \
      "$6" "$7" "$8" "$9" "${10}" $((done / seconds)) "$(awk "BEGIN {print $5 / ($done + 0.001)}")" "$(memory)"
    awk "BEGIN { printf \"%.3f\n\", $6 / $base }" >>"$work/ratios"
    set -- "$1" "$2" "$3"
    round=$((round + 1))
  done
  printf '  ratio, median of %d: %s of nginx (all: %s)\n' "$3" \
    "$(sort -n "$work/ratios" | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}')" "$(tr '\n' ' ' <"$work/ratios")"
}
compare 64 1024 "$rounds"
compare 512 1024 1
compare 64 8192 1
compare 512 8192 1
compare 64 102400 1
compare 512 102400 1
# By one statement, since wrk stops with requests under way: their rows are stored although nobody reads the answer.
set -- $(sqlite3 -separator ' ' "$work/data/sluice.db" \
  "SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM approvals WHERE status = 'pending')")
stored=$1 approvals=$2
echo "answered $accepted, stored $stored deliveries and $approvals approvals"
[ "$stored" -ge "$accepted" ] && [ "$approvals" -eq "$stored" ] || { echo "bench: a 202 is missing in the database" >&2; exit 1; }
