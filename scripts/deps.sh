#!/bin/sh
# Installs the libraries that Sluice links and what its tests call, and nothing that is there already.
set -eu

missing=""
for pair in sqlite3:libsqlite3-dev libcurl:libcurl4-openssl-dev libcrypto:libssl-dev; do
  pkg-config --exists "${pair%%:*}" 2>/dev/null || missing="$missing ${pair#*:}"
done
command -v pkg-config >/dev/null 2>&1 || missing="$missing pkg-config"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
[ -e /usr/share/zoneinfo/Europe/Berlin ] || missing="$missing tzdata"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "Please install the development files of SQLite, libcurl (OpenSSL) and libcrypto; this script knows only apt-get." >&2
  exit 1
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$as_root apt-get install -y --no-install-recommends $missing >/dev/null 2>&1 || {
  $as_root apt-get update -qq
  $as_root apt-get install -y --no-install-recommends $missing
}
