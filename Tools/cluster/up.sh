#!/usr/bin/env bash
# Brings up a real, private Slurm cluster on this machine's loopback, without systemd. Idempotent: a
# second call starts only what is not running. Works as root and as an ordinary user, and several
# clusters run side by side, each in its own folder with its own ports and its own munge key.
#
#   CLUSTER_DIR              state, logs, configuration  (${TMPDIR:-/tmp}/orchestrate-cluster-<uid>)
#   CLUSTER_NODES            nodes n1..nN, at most 100; the upper half has pretended GPUs  (4)
#   CLUSTER_CPUS             pretended CPUs of a node                                      (8)
#   CLUSTER_MEMORY           pretended memory of a node in MB                              (8000)
#   CLUSTER_GPUS             pretended GPUs of a GPU node                                  (2)
#   CLUSTER_ACCOUNTING       1: also MariaDB and slurmdbd, with an account named "lab"     (0)
#   CLUSTER_MESSAGE_TIMEOUT  seconds after which commands give up on a silent controller   (5)
#   CLUSTER_REQUEUE_DELAY    seconds before a requeued job may start again, from 5 up      (5)
#                            (Slurm's own default is 120, and it takes 120 for less than 5)
#   CLUSTER_EXTRA            further lines of slurm.conf
#
# Partitions: cpu (default; lower half), gpu (upper half), all, and low and high on all nodes: a job
# in high takes the CPUs of jobs in low, which are requeued.
#
# The last line of the output is `export SLURM_CONF=...`:   eval "$(Tools/cluster/up.sh | tail -1)"
# Tools/cluster/down.sh takes the cluster down again.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

NODES=${CLUSTER_NODES:-4} CPUS=${CLUSTER_CPUS:-8} MEMORY=${CLUSTER_MEMORY:-8000}
GPUS=${CLUSTER_GPUS:-2} ACCOUNTING=${CLUSTER_ACCOUNTING:-0}
ME=$(id -un)
# An inherited SLURM_* or SBATCH_* variable would steer the daemons and the checks below.
for name in $(compgen -e); do
  case $name in SLURM* | SBATCH* | SACCT* | SQUEUE* | SINFO* | SCANCEL*) unset "$name" ;; esac
done

check_arguments() {
  local name
  for name in NODES CPUS MEMORY GPUS; do
    [[ ${!name} =~ ^[0-9]{1,7}$ ]] || die "CLUSTER_$name is not a number: ${!name}"
  done
  [ "$NODES" -ge 1 ] && [ "$NODES" -le 100 ] || die "CLUSTER_NODES must be 1 to 100"
  [[ $ACCOUNTING =~ ^[01]$ ]] || die "CLUSTER_ACCOUNTING must be 0 or 1"
  [[ $DIR =~ ^/[A-Za-z0-9/._-]+$ ]] ||
    die "CLUSTER_DIR must be an absolute path of letters, digits and /._-: $DIR"
  [ "${#DIR}" -le 80 ] || die "CLUSTER_DIR is too long for a socket's path: $DIR"
}

check_packages() {
  local missing=() program
  local programs=(munged slurmctld slurmd sbatch)
  [ "$ACCOUNTING" = 0 ] || programs+=(slurmdbd mariadbd)
  for program in "${programs[@]}"; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  [ "${#missing[@]}" -eq 0 ] ||
    die "not installed: ${missing[*]}. \`make setup\` installs Slurm, munge and MariaDB."
}

# Whether a port of [$1, $1 + 299] is listened on. (mawk has no strtonum, so it is done here.)
block_busy() {
  local address state port
  while read -r _ address _ state _; do
    [ "$state" = 0A ] || continue
    port=$((16#${address##*:}))
    if [ "$port" -ge "$1" ] && [ "$port" -le $(($1 + 299)) ]; then return 0; fi
  done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  return 1
}

# Whether another cluster that lives, or began less than two minutes ago, has the block.
block_taken() {
  local owner=""
  [ -s "$1" ] || return 1
  read -r owner 2>/dev/null <"$1" || true
  [ "$owner" != "$DIR" ] && [ -d "$owner" ] || return 1
  alive "$owner/run/munged.pid" munged || [ -n "$(find "$1" -mmin -2 2>/dev/null)" ]
}

# Sets PORT to the first of 300 free ports: this folder's own from before, or the first free block.
# Two calls at once choose different blocks: they take turns and leave their folder's name.
choose_ports() {
  local reservations block last=""
  reservations=${TMPDIR:-/tmp}/.orchestrate-cluster-ports-$(id -u)
  mkdir -p "$reservations"
  exec 9>"$reservations/lock"
  flock 9
  [ -s "$DIR/run/port" ] && read -r last <"$DIR/run/port"
  PORT=
  for block in $last $(seq 21000 300 31800); do
    if block_busy "$block" || block_taken "$reservations/$block"; then continue; fi
    PORT=$block
    break
  done
  [ -n "$PORT" ] || die "no block of 300 free ports between 21000 and 32100"
  echo "$DIR" >"$reservations/$PORT"
  echo "$PORT" >"$DIR/run/port"
  exec 9>&-
}

# range FIRST LAST: a host list.
range() { if [ "$1" = "$2" ]; then echo "n$1"; else echo "n[$1-$2]"; fi; }

node_lines() {
  local i extra
  for i in $(seq 1 "$NODES"); do
    extra="Feature=cpu"
    if [ "$i" -gt "$LOWER" ] && [ "$GPUS" -gt 0 ]; then extra="Gres=gpu:$GPUS Feature=gpu"; fi
    echo "NodeName=n$i NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((PORT + 10 + i))" \
      "CPUs=$CPUS Boards=1 SocketsPerBoard=1 CoresPerSocket=$CPUS ThreadsPerCore=1" \
      "RealMemory=$MEMORY State=UNKNOWN $extra"
  done
}

partition_lines() {
  local every upper
  every=$(range 1 "$NODES")
  upper=$(range $((LOWER < NODES ? LOWER + 1 : 1)) "$NODES")
  echo "PartitionName=cpu Nodes=$(range 1 "$LOWER") Default=YES DefaultTime=60 PreemptMode=OFF"
  echo "PartitionName=gpu Nodes=$upper MaxTime=60 DefaultTime=10 PreemptMode=OFF"
  echo "PartitionName=all Nodes=$every DefaultTime=60 PreemptMode=OFF"
  echo "PartitionName=low Nodes=$every DefaultTime=60 PriorityTier=1 PreemptMode=REQUEUE"
  echo "PartitionName=high Nodes=$every DefaultTime=60 PriorityTier=10 PreemptMode=OFF"
}

accounting_lines() {
  if [ "$ACCOUNTING" = 0 ]; then
    echo "AccountingStorageType=accounting_storage/none"
    return
  fi
  echo "AccountingStorageType=accounting_storage/slurmdbd"
  echo "AccountingStorageHost=127.0.0.1"
  echo "AccountingStoragePort=$((PORT + 1))"
  echo "AccountingStorageUser=$ME"
  echo "AccountingStoragePass=$DIR/munge/munge.socket"
  echo "AccountingStorageTRES=gres/gpu"
  echo "AccountingStorageEnforce=associations,limits,qos"
}

# slurmd insists on character devices; symbolic links to /dev/null satisfy it without root.
gpu_lines() {
  local i gpu
  [ "$GPUS" -gt 0 ] || return 0
  for ((i = LOWER + 1; i <= NODES; i++)); do
    for ((gpu = 0; gpu < GPUS; gpu++)); do ln -sfn /dev/null "$DIR/gpu/n$i-$gpu"; done
    if [ "$GPUS" = 1 ]; then gpu=0; else gpu="[0-$((GPUS - 1))]"; fi
    echo "NodeName=n$i Name=gpu File=$DIR/gpu/n$i-$gpu"
  done
}

# The environment of a fresh login, for jobs with --export=NONE: Slurm takes it from this cache where
# slurmd is root, and gives the job none at all elsewhere, where a task prolog makes up for it.
write_user_environment() {
  local lines home
  home=$(getent passwd "$ME" | cut -d: -f6)
  lines="HOME=${home:-/}"$'\n'"USER=$ME"$'\n'"LOGNAME=$ME"$'\n'"SHELL=/bin/bash"
  lines+=$'\n'"PATH=/usr/local/bin:/usr/bin:/bin"
  mkdir -p "$DIR/state/env_cache"
  echo "$lines" >"$DIR/state/env_cache/$ME"
  {
    echo '#!/bin/sh'
    # A variable that the job brought along stays.
    echo "$lines" | while IFS='=' read -r name value; do
      echo "/usr/bin/printenv $name >/dev/null || echo 'export $name=$value'"
    done
  } >"$DIR/etc/task-prolog.sh"
  chmod 755 "$DIR/etc/task-prolog.sh"
}

user_environment_line() { [ "$(id -u)" = 0 ] || echo "TaskProlog=$DIR/etc/task-prolog.sh"; }

# fill TEMPLATE: the template with its @NAMES@ filled in.
fill() {
  local text
  text=$(cat "$1")
  text=${text//@DIR@/$DIR}
  text=${text//@USER@/$ME}
  text=${text//@HOST@/$(hostname -s)}
  text=${text//@CONTROLLER_PORT@/$PORT}
  text=${text//@DBD_PORT@/$((PORT + 1))}
  text=${text//@DB_PORT@/$((PORT + 2))}
  text=${text//@SRUN_PORTS@/$((PORT + 150))-$((PORT + 299))}
  text=${text//@REQUEUE_DELAY@/${CLUSTER_REQUEUE_DELAY:-5}}
  text=${text//@MESSAGE_TIMEOUT@/${CLUSTER_MESSAGE_TIMEOUT:-5}}
  text=${text//@ACCOUNTING@/$(accounting_lines)}
  text=${text//@USER_ENVIRONMENT@/$(user_environment_line)}
  text=${text//@NODES@/$(node_lines)}
  text=${text//@PARTITIONS@/$(partition_lines)}
  text=${text//@EXTRA@/${CLUSTER_EXTRA:-}}
  printf '%s\n' "$text"
}

any_running() {
  local file
  for file in "$DIR"/run/slurmd-n*.pid; do alive "$file" slurmd && return 0; done
  alive "$DIR/run/slurmctld.pid" slurmctld || alive "$DIR/run/slurmdbd.pid" slurmdbd ||
    alive "$DIR/run/mariadbd.pid" mariadbd
}

# The configuration is never changed under living daemons.
configure() {
  umask 022
  mkdir -p "$DIR"/{etc,run,log,state,spool,munge,gpu,tmp}
  chmod 711 "$DIR/munge"
  if any_running && [ -s "$DIR/etc/slurm.conf" ]; then
    NODES=$(grep -c '^NodeName=' "$DIR/etc/slurm.conf")
    read -r PORT <"$DIR/run/port"
  else
    choose_ports
    LOWER=$(((NODES + 1) / 2))
    gpu_lines >"$DIR/etc/gres.conf"
    : >"$DIR/etc/plugstack.conf"
    write_user_environment
    fill "$here/slurm.conf.in" >"$DIR/etc/slurm.conf"
    rm -f "$DIR/etc/slurmdbd.conf"
    (umask 077 && fill "$here/slurmdbd.conf.in" >"$DIR/etc/slurmdbd.conf")
  fi
  export SLURM_CONF=$DIR/etc/slurm.conf
}

start_munge() {
  local socket=$DIR/munge/munge.socket
  alive "$DIR/run/munged.pid" munged && return
  [ -s "$DIR/munge/key" ] || (umask 077 && head -c 128 /dev/urandom >"$DIR/munge/key")
  rm -f "$socket" "$socket.lock"
  munged --force --key-file="$DIR/munge/key" --socket="$socket" --pid-file="$DIR/run/munged.pid" \
    --log-file="$DIR/log/munged.log" --seed-file="$DIR/munge/seed" --num-threads=4 \
    </dev/null >>"$DIR/log/munged.out" 2>&1 || die "munged; see $DIR/log/munged.out"
  wait_for 10 "munge's socket" munge -n -S "$socket"
}

# mariadb-install-db fails now and then (1 of 20 calls, more when several run at once) and does well
# when it is asked again.
install_database() {
  local try
  [ ! -e "$DIR/db.ready" ] || return 0
  for try in 1 2 3 4 5; do
    rm -rf "$DIR/db"
    mkdir -p "$DIR/db"
    if mariadb-install-db --no-defaults --datadir="$DIR/db" --user="$ME" --skip-test-db \
      --auth-root-authentication-method=socket --innodb-log-file-size=16M \
      >"$DIR/log/mariadb-install-$try.log" 2>&1; then
      : >"$DIR/db.ready"
      return
    fi
  done
  die "mariadb-install-db; see $DIR/log"
}

start_database() {
  local socket=$DIR/run/mariadbd.sock
  alive "$DIR/run/mariadbd.pid" mariadbd && return
  install_database
  setsid mariadbd --no-defaults --datadir="$DIR/db" --user="$ME" --bind-address=127.0.0.1 \
    --port=$((PORT + 2)) --socket="$socket" --pid-file="$DIR/run/mariadbd.pid" \
    --log-error="$DIR/log/mariadbd.log" --innodb-buffer-pool-size=128M \
    --innodb-log-file-size=16M --innodb-lock-wait-timeout=900 \
    --innodb-flush-log-at-trx-commit=0 --skip-name-resolve --skip-log-bin \
    </dev/null >>"$DIR/log/mariadbd.out" 2>&1 &
  wait_for 60 MariaDB mariadb-admin --no-defaults --socket="$socket" ping
  mariadb --no-defaults --socket="$socket" -e "
    CREATE DATABASE IF NOT EXISTS slurm_acct_db;
    CREATE USER IF NOT EXISTS slurm@'127.0.0.1' IDENTIFIED BY 'slurm';
    GRANT ALL ON slurm_acct_db.* TO slurm@'127.0.0.1';" || die "MariaDB refused the set-up"
}

manage() { sacctmgr -i "$@" >>"$DIR/log/sacctmgr.log" 2>&1 || die "sacctmgr $*; see $DIR/log"; }

start_accounting() {
  if ! alive "$DIR/run/slurmdbd.pid" slurmdbd; then
    slurmdbd </dev/null >>"$DIR/log/slurmdbd.out" 2>&1 || die "slurmdbd; see $DIR/log"
    # It makes its tables first; on a busy machine a minute was not enough once.
    wait_for 150 slurmdbd sacctmgr -n -i show cluster
  fi
  [ -n "$(sacctmgr -nP show cluster lab format=cluster)" ] || manage add cluster lab
  if [ -z "$(sacctmgr -nP show assoc cluster=lab account=lab user="$ME" format=user)" ]; then
    manage add account lab cluster=lab Description=lab Organization=lab
    manage add user "$ME" account=lab cluster=lab DefaultAccount=lab
  fi
}

start_slurm() {
  local i
  if ! alive "$DIR/run/slurmctld.pid" slurmctld; then
    slurmctld </dev/null >>"$DIR/log/slurmctld.out" 2>&1 ||
      die "slurmctld: $(tail -3 "$DIR/log/slurmctld.log")"
    wait_for 30 slurmctld scontrol ping
  fi
  for i in $(seq 1 "$NODES"); do
    alive "$DIR/run/slurmd-n$i.pid" slurmd && continue
    mkdir -p "$DIR/spool/n$i" "$DIR/tmp/n$i"
    chmod 1777 "$DIR/tmp/n$i"
    slurmd -N "n$i" </dev/null >>"$DIR/log/slurmd-n$i.out" 2>&1 ||
      die "slurmd n$i: $(tail -3 "$DIR/log/slurmd-n$i.log")"
  done
}

node_states() { sinfo -h -N -o '%N %T' | sort -u; }
all_up() { [ "$(node_states | grep -cvE 'unk|down|\*|drain|inval')" -ge "$NODES" ]; }
# A node that an earlier crash drained or took down is resumed.
resume_nodes() {
  local bad
  bad=$(node_states | awk '/drain|down/ {print $1}' | paste -sd,)
  [ -z "$bad" ] || scontrol update nodename="$bad" state=resume >/dev/null 2>&1
  all_up
}

check_arguments
check_packages
configure
start_munge
[ "$ACCOUNTING" = 0 ] || { start_database && start_accounting; }
start_slurm
for _ in $(seq 40); do all_up 2>/dev/null && break || sleep 0.05; done
all_up || wait_for 60 "$NODES nodes" resume_nodes
say "up: $NODES nodes, ports from $PORT, accounting=$ACCOUNTING, in $DIR"
echo "export SLURM_CONF=$SLURM_CONF"
