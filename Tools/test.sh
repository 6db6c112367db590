#!/usr/bin/env bash
# Runs the tests that were built, and says again at the end which failed and why: among a thousand lines nobody
# finds it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT
swift test -c release --skip-build --experimental-maximum-parallelization-width 16 "$@" 2>&1 | tee "$log"
code=$?
if ((code != 0)); then
  printf '\ntest: what failed (exit %s):\n' "$code" >&2
  # An issue's further lines begin with an arrow, or are indented.
  awk '/^✘/ { shown = 1; more = 0; print; next }
    shown && (/^↳/ || /^ /) { if (++more <= 60) print; next }
    { shown = 0 }' "$log" >&2
fi
exit "$code"
