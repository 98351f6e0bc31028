#!/bin/sh
# Measures the scheduler: a million crontab lines (start, memory, idle minute), 10,000 fires and 1,000 commands of one second, and how late
# 1,000 fires a second are. Prints figures and asserts none. Wants curl and sqlite3.
set -eu
cd "$(dirname "$0")/../.."
for tool in curl sqlite3 awk; do command -v "$tool" >/dev/null 2>&1 || { echo "bench: please install $tool" >&2; exit 1; }; done
work=$(mktemp -d)
server=
cleanup() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT INT TERM
address=127.0.0.1:18204
now() { date +%s.%N; }
start() { # folder
  SLUICE_ADMIN_TOKEN=bench-bench-bench-bench .build/release/sluice serve --config "$1/wrapd.yaml" --data "$1/data" --listen $address \
    >"$1/out" 2>"$1/err" & server=$!
  until curl -so /dev/null "http://$address/healthz"; do kill -0 "$server" || { cat "$1/err" >&2; exit 1; }; sleep 0.02; done
}
stop() { kill "$server"; wait "$server" 2>/dev/null || true; server=; }
memory() { awk '/VmRSS/ {print $2}' "/proc/$server/status"; }
ticks() { awk '{print $14 + $15}' "/proc/$server/stat"; }
folder() { # name; schedules are made by the caller
  mkdir -p "$work/$1/schedules"
  printf 'version: 1\nmax_concurrent_runs: 2000\nendpoints:\n  - {name: x, command: "true"}\n' >"$work/$1/wrapd.yaml"
}
to_next_minute() { sleep $((62 - $(date +%S | sed 's/^0//'))); }

folder none; start "$work/none"; base=$(memory); stop
folder million
# None of them is due in the minutes of this measurement: they fire on another day.
awk -v day="$(( $(date +%d | sed 's/^0//') % 27 + 2 ))" 'BEGIN {for (i = 0; i < 1000000; i++)
  printf "%d %d %d %d * /usr/local/bin/job %d\n", i % 60, i / 60 % 24, day, i / 1440 % 12 + 1, i}' >"$work/million/schedules/jobs.crontab"
text=$(wc -c <"$work/million/schedules/jobs.crontab")
for life in first second; do
  begin=$(now); start "$work/million"; end=$(now)
  echo "1,000,000 schedules, $life start: ready in $(awk "BEGIN {printf \"%.1f\", $end - $begin}") s (wanted: 8)"
  [ $life = second ] || stop
done
awk "BEGIN {printf \"memory beyond the text: %.0f bytes a schedule (wanted: 400)\n\", (($(memory) - $base) * 1024 - $text) / 1e6}"
before=$(ticks); sleep 60
awk "BEGIN {printf \"idle minute: %.3f %% of a core (wanted: 0.5)\n\", ($(ticks) - $before) / $(getconf CLK_TCK) / 60 * 100}"
stop

folder burst
{ printf 'SLUICE_APPROVAL_REQUIRED=true\nSLUICE_PENDING_POLICY=all\n'; seq -f '* * * * * /bin/true %.0f' 10000; } >"$work/burst/schedules/jobs.crontab"
start "$work/burst"; to_next_minute; sleep 3
echo "10,000 fires of one second: $(sqlite3 "$work/burst/data/sluice.db" 'SELECT count(*) FROM calls') calls, the last on disk" \
  "$(curl -s http://$address/metrics | awk '/lateness_longest_seconds [0-9]/ {print $2}') s after it (wanted: 2)"
stop

folder spawn
# The shell itself says when it began, by the seconds since the boot: no further process.
seq -f "* * * * * read up _ </proc/uptime; echo \$up >>$work/begun # %.0f" 1000 >"$work/spawn/schedules/jobs.crontab"
start "$work/spawn"; to_next_minute; sleep 5
boot=$(awk "{printf \"%.2f\", $(now) - \$1}" /proc/uptime)
echo "1,000 commands of one second: $(wc -l <"$work/begun") have begun, the last" \
  "$(sort -n "$work/begun" | tail -1 | awk -v boot="$boot" '{printf "%.2f", ($1 + boot) % 60}') s after it (wanted: 0.6)"
stop
# The same shell lines, spawned in a row by a program that does nothing else.
if command -v python3 >/dev/null; then rm "$work/begun"; python3 - "$work/begun" <<'PYTHON'
import os, sys, time
line = f"read up _ </proc/uptime; echo $up >>{sys.argv[1]}"
begin = time.clock_gettime(time.CLOCK_BOOTTIME)
children = [os.posix_spawn("/bin/sh", ["sh", "-c", line], {"PATH": "/usr/bin:/bin"}) for _ in range(1000)]
for child in children: os.waitpid(child, 0)
print(f"  a bare loop over posix_spawn on this machine: the last {max(map(float, open(sys.argv[1]))) - begin:.2f} s after its beginning")
PYTHON
fi

folder late
{ printf 'version: 1\nendpoints:\n'; for e in 0 1 2 3 4 5 6 7 8 9; do
  printf '  - name: e%d\n    command: "true"\n    approval_required: true\n    schedules:\n' "$e"
  seq -f '      - {name: s%.0f, every: 1, pending_policy: all}' 100; done; } >"$work/late/wrapd.yaml"
start "$work/late"; sleep "${BENCH_LATE_SECONDS:-61}"
curl -s http://$address/metrics | awk -F'[" ]' '/lateness_seconds_bucket/ && $2 != "+Inf" {bound[++n] = $2; count[n] = $NF} /lateness_seconds_count/ {total = $NF}
  /lateness_longest_seconds [0-9]/ {longest = $NF}
  END {for (i = 1; i <= n; i++) {if (!p50 && count[i] >= total * 0.5) p50 = bound[i]; if (!p99 && count[i] >= total * 0.99) p99 = bound[i]}
  printf "1,000 fires a second: %d fires, p50 <= %s s, p99 <= %s s (wanted: 0.02), longest %.3f s\n", total, p50, p99, longest}'
stop
