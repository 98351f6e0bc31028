#!/bin/sh
# Measures what connections cost: 5,000 idle ones, 500 slow ones beside a good client, 512 with bodies of 100 KiB. Prints figures and
# asserts none. Wants curl and python3.
set -eu
cd "$(dirname "$0")/../.."
for tool in curl python3; do command -v "$tool" >/dev/null 2>&1 || { echo "bench: please install $tool" >&2; exit 1; }; done
work=$(mktemp -d)
server=
cleanup() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT INT TERM
port=18206
printf 'version: 1\nendpoints:\n  - {name: bench, command: "true", trigger: webhook, webhook_source: github, secret: bench, public: true, approval_required: true}\n' \
  >"$work/wrapd.yaml"
for measure in idle slow bodies; do
  SLUICE_ADMIN_TOKEN=bench-bench-bench-bench .build/release/sluice serve --config "$work/wrapd.yaml" --data "$work/data-$measure" \
    --listen 127.0.0.1:$port >"$work/out" 2>"$work/err" & server=$!
  until curl -so /dev/null "http://127.0.0.1:$port/healthz"; do kill -0 "$server" || { cat "$work/err" >&2; exit 1; }; sleep 0.05; done
  python3 scripts/bench/connections.py "$measure" $port "$server"
  kill "$server"; wait "$server" 2>/dev/null || true; server=
done
