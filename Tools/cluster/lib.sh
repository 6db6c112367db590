# shellcheck shell=bash
# What up.sh and down.sh share.

export PATH="$PATH:/usr/sbin:/sbin"
DIR=${CLUSTER_DIR:-${TMPDIR:-/tmp}/orchestrate-cluster-$(id -u)}

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }
die() {
  say "FAILED: $*"
  exit 1
}

# pid_of PIDFILE: what it holds, or nothing: a daemon that ends removes its file at any moment.
pid_of() { cat "$1" 2>/dev/null || true; }

# is_live PID COMMAND: whether the process lives and is this command.
is_live() {
  [ -n "$1" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ] &&
    ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

# alive PIDFILE COMMAND: whether the process that the file names lives and is this command.
alive() { is_live "$(pid_of "$1")" "$2"; }

# stop PIDFILE COMMAND: TERM, and KILL after ten seconds.
stop() {
  local pid tries=200
  pid=$(pid_of "$1")
  if is_live "$pid" "$2"; then
    kill -CONT "$pid" 2>/dev/null || true
    kill -TERM "$pid" 2>/dev/null || true
    while is_live "$pid" "$2"; do
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
