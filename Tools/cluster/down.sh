#!/usr/bin/env bash
# Takes down what up.sh started, by process id only, with every job on it.
#
#   CLUSTER_DIR   the cluster's folder, as for up.sh
#   CLUSTER_WIPE  1: also removes the folder  (0)
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

[ -s "$DIR/etc/slurm.conf" ] || {
  say "no cluster in $DIR"
  exit 0
}
CONF=$DIR/etc/slurm.conf

for file in "$DIR"/run/slurmd-n*.pid; do stop "$file" slurmd; done
stop "$DIR/run/slurmctld.pid" slurmctld

# The jobs that are left, and their keepers: the processes of this user whose environment names this
# cluster's configuration and a job, or which are Slurm's own children of it.
for process in /proc/[0-9]*; do
  [ -O "$process" ] && grep -qzxF "SLURM_CONF=$CONF" "$process/environ" 2>/dev/null || continue
  case $(cat "$process/comm" 2>/dev/null) in
  slurmstepd | slurmscriptd) kill -KILL "${process#/proc/}" 2>/dev/null ;;
  *) grep -qz '^SLURM_JOB_ID=' "$process/environ" 2>/dev/null &&
    kill -KILL "${process#/proc/}" 2>/dev/null ;;
  esac
done

stop "$DIR/run/slurmdbd.pid" slurmdbd
stop "$DIR/run/mariadbd.pid" mariadbd
stop "$DIR/run/munged.pid" munged
[ "${CLUSTER_WIPE:-0}" != 1 ] || rm -rf "$DIR"
exit 0
