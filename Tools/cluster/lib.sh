# shellcheck shell=bash
# What up.sh and down.sh share.

export PATH="$PATH:/usr/sbin:/sbin"
DIR=${CLUSTER_DIR:-${TMPDIR:-/tmp}/orchestrate-cluster-$(id -u)}

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }
die() {
  say "FAILED: $*"
  exit 1
}

# alive PIDFILE COMMAND: whether the process that the file names lives and is this command.
alive() {
  local pid state
  [ -s "$1" ] || return 1
  read -r pid <"$1" || true
  [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] || return 1
  state=$(awk '$1 == "State:" {print $2}' "/proc/$pid/status" 2>/dev/null)
  [ "$state" != Z ]
}

# stop PIDFILE COMMAND: TERM, and KILL after ten seconds.
stop() {
  local pid tries=200
  if alive "$1" "$2"; then
    read -r pid <"$1" || true
    kill -CONT "$pid" 2>/dev/null || true
    kill -TERM "$pid" 2>/dev/null || true
    while alive "$1" "$2"; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || {
        kill -KILL "$pid" 2>/dev/null || true
        break
      }
      sleep 0.05
    done
  fi
  rm -f "$1"
}

# wait_for SECONDS WHAT COMMAND...: polls until the command succeeds.
wait_for() {
  local tries=$(($1 * 20)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || die "timed out waiting for $what; see $DIR/log"
    sleep 0.05
  done
}
