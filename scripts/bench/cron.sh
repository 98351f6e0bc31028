#!/bin/sh
# Compares the cron engine with cronsim and croniter, in a virtual environment made for it (BENCH_VENV). Without Python or network it says so.
set -eu
cd "$(dirname "$0")/../.."
venv=${BENCH_VENV:-.build/bench-venv}
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import cronsim, croniter' 2>/dev/null; then
  if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet cronsim croniter; } >/dev/null 2>&1; then
    echo "cron: left out; it wants python3 with venv and cronsim and croniter from PyPI" >&2
    exit 0
  fi
fi
exec "$venv/bin/python" scripts/bench/cron.py .build/release/sluice
