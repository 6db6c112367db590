#!/bin/bash
#SBATCH --job-name=quadratic.a1b2c3d4e5f6
#SBATCH --comment="run#7 'a' \"b\" \\ --mem=1G"
#SBATCH --chdir="/home/ada/it's #1 \"mix\" $(rm -rf ~) 100% ö"
#SBATCH --output="/home/ada/it's #1 \"mix\" $(rm -rf ~) 100%% ö/submissions/t/slurm.log"
#SBATCH --open-mode=append
#SBATCH --export=NONE

# Experiment '$(id) '\''x'\'''. Made by orchestrate: change the job file or the template, not this file.
set -u
umask 077
unset SLURM_EXPORT_ENV # else srun would pass on as little as sbatch did

token=quadratic.a1b2c3d4e5f6
manifest='/home/ada/it'\''s #1 "mix" $(rm -rf ~) 100% ö/submissions/t/manifest'
task=${SLURM_ARRAY_TASK_ID:-${ORCHESTRATE_LOCAL_TASK:-0}}
restart=${SLURM_RESTART_COUNT:-0}
job=${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-}}
max_requeues=0

say() { printf '%s orchestrate: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }
refuse() { local code=$1; shift; say "$@"; exit "$code"; }

# --- Which run is this? The manifest's line says; its hash says that it is the line submitted. ---
sum=$(sha256sum <"$manifest")
[[ ${sum%% *} == 0000000000000000000000000000000000000000000000000000000000000000 ]] || refuse 65 "the manifest $manifest is not the one submitted"
[[ $task =~ ^(0|[1-9][0-9]*)$ ]] || refuse 65 "the task index $task is no number"
line=()
mapfile -t -s "$task" -n 1 line <"$manifest"
[[ ${#line[@]} -eq 1 ]] || refuse 65 "the manifest $manifest has no task $task"
set -f; IFS=$'\t' # no field is empty
fields=(${line[0]})
unset IFS; set +f
[[ ${fields[0]} == "$task" ]] || refuse 65 "line $task of $manifest speaks of task ${fields[0]}"
run=${fields[1]} run_dir=${fields[2]} config=${fields[3]}

cd -- '/home/ada/it'\''s #1 "mix" $(rm -rf ~) 100% ö' || refuse 74 "cannot enter the project folder"
mkdir -p -- "$run_dir/claims" "$run_dir/checkpoints" || refuse 74 "cannot make $run_dir"

# A name for temporary files that no other copy of this job uses, on whatever host.
unique=$token.$restart.${SLURM_JOB_ID:-local}.${HOSTNAME:-host}.$$
# to_disk FILE: waits until the disk has it, or a node that loses its power leaves an empty file under a name that
# stands. (`sync FILE` is not everywhere.)
to_disk() { dd if=/dev/null of="$1" conv=notrunc,fsync status=none; }
# write_file NAME TEXT: the whole text or nothing appears under that name. Slurm's signals reach every process of
# the job, and what is begun here is finished.
write_file() {
  printf '%s' "$2" >"$run_dir/.$1.$unique" && (
    trap '' TERM INT USR1
    to_disk "$run_dir/.$1.$unique" && exec mv -f -- "$run_dir/.$1.$unique" "$run_dir/$1"
  )
}
if [[ ! -s $run_dir/config.json ]]; then
  write_file config.json "$config" || refuse 74 "cannot write to $run_dir"
elif [[ $(<"$run_dir/config.json") != "$config" ]]; then
  refuse 65 "$run_dir/config.json is another run's: this directory was used before, under an older registry"
fi

# --- Signals: before the trainer runs they stop the script, afterwards they are passed on. ---
child='' stop='' passed='' told_to_end=''
pass_on() {
  stop=${stop:-$2} passed=$1
  [[ $1 == USR1 ]] || told_to_end=1
  [[ -z $child ]] || kill -s "$1" "$child" 2>/dev/null
}
trap 'pass_on TERM 143' TERM
trap 'pass_on TERM 130' INT # a child in the background of a shell ignores INT
trap 'pass_on USR1 75' USR1

# --- Claim the run. Each name in the chain of a token's claims goes to whoever links it first, whole or
# not at all; the last one counts. The first name is for a start under this token, the next ones are for
# later starts of the same job and for orchestrate, which takes the token back that way. ---
claim=$run_dir/claims/$token
mine=$run_dir/claims/.$unique
# value_of FILE KEY: what the file's line KEY=… says.
value_of() {
  local key value
  while IFS='=' read -r key value; do
    [[ $key != "$2" ]] || { printf '%s' "$value"; return; }
  done <"$1"
}
# start_time PID: when the process started, in the kernel's ticks; with the boot id it names the
# process for ever. The command's name before ") " may hold spaces.
start_time() {
  local stat
  stat=$(<"/proc/$1/stat") || return
  set -- ${stat##*) }
  printf '%s' "${20}"
}
future_beat=''
# predecessor_lives: whether another start owns the directory and still touches its heartbeat. A record of
# its end says that it does not, but not where one of its ranks has said nothing of its own end. Ages are those of
# the file system's own clock, for the hosts' clocks may differ.
predecessor_lives() {
  local owner ended now beat
  owner=$(cat -- "$run_dir/owner" 2>/dev/null) || return 1
  [[ $owner != "$token $restart" ]] || return 1
  ended=$(cat -- "$run_dir/exit.json" 2>/dev/null)
  [[ $ended != *"\"restart\":${owner#* },"*"\"token\":\"${owner% *}\""* ||
    $ended == *'"ranks_lost":true'* || $ended == *'"ranks_silent":true'* ]] || return 1
  touch -- "$mine"
  cat -- "$run_dir/heartbeat" >/dev/null 2>&1 # opening it makes a network file system look again
  now=$(stat -c %Y -- "$mine") && beat=$(stat -c %Y -- "$run_dir/heartbeat" 2>/dev/null) || return 1
  ((beat > now)) || return $((now - beat > 15))
  # The file server's clock was set back: whoever lives touches it once more.
  [[ $beat == "$future_beat" ]] || future_beat=$beat future_since=$SECONDS
  ((SECONDS - future_since <= 15))
}
# await_predecessor: until it has ended, or another start has claimed the run since: a node that froze here, and
# thaws, must not tell that one to end.
await_predecessor() {
  local seconds known_last=$last known_next=$next
  for ((seconds = 0; seconds < 300; seconds++)); do
    find_last
    if [[ $last != "$known_last" ]]; then
      last=$known_last next=$known_next # whoever competes for that name will not get it
      return
    fi
    predecessor_lives || return 0
    ((seconds > 0)) || say "waiting for the start before this one to end"
    [[ -z $stop ]] || refuse "$stop" "stopped by a signal"
    # Slurm has ended it, and yet it lives: nobody but this start can tell it.
    ((seconds == 0 || seconds % 20)) || write_file successor "$token $restart"$'\n'
    sleep 1
  done
  refuse 76 "the start before this one still runs in $run_dir"
}

rm -f -- "$mine" # a start that was killed may have left one of its own, which is a claim by now
printf '%s\n' kind=claim "token=$token" "job_id=$job" "array_task=${SLURM_ARRAY_TASK_ID:-}" \
  "restart=$restart" "host=${HOSTNAME:-}" "boot_id=$(</proc/sys/kernel/random/boot_id)" \
  "pid=$$" "start_time=$(start_time $$)" "time=$(date +%s)" >"$mine" &&
  to_disk "$mine" ||
  refuse 74 "cannot write to $run_dir/claims"
trap 'rm -f -- "$mine"' EXIT
# find_last: sets last to the chain's last claim, empty where there is none, and next to the name after.
find_last() {
  local generation=0
  last='' next=$claim
  ls -A -- "$run_dir/claims" >/dev/null # opening it makes a network file system look again
  while [[ -e $next ]]; do
    last=$next generation=$((generation + 1))
    next=$claim.$generation
  done
}
# may_follow: whether this start may come after the last claim; it waits for that one's end.
may_follow() {
  local before
  before=$(value_of "$last" restart)
  if [[ $(value_of "$last" kind) == revoked ]]; then
    refuse 76 "the token $token was revoked: this job must not train"
  elif [[ -n $job && $(value_of "$last" job_id) == "$job" && $before =~ ^[0-9]{1,9}$ ]] &&
    ((restart > 10#$before)); then
    await_predecessor # this job was requeued
  else
    refuse 76 "the token $token was claimed by job $(value_of "$last" job_id) on $(value_of "$last" host)"
  fi
}
for ((tries = 0; ; tries++)); do
  find_last
  # On a network file system a link can be made although ln said no: -ef asks the file itself.
  [[ ! $mine -ef $last ]] || break
  [[ -z $last ]] || may_follow
  ! ln -T -- "$mine" "$next" 2>/dev/null || break
  # It was made all the same; or somebody was first; or nobody can link anything here.
  ((tries < 20)) || refuse 74 "cannot claim $run_dir: no hard link can be made there"
  [[ -e $next ]] || sleep 0.1
done
find_last
await_predecessor # of another token: a continuation begins when its predecessor has ended
started_before=0
[[ ! -e $run_dir/owner ]] || started_before=1
# still_last: whether nobody has come after this start.
still_last() {
  find_last
  [[ $mine -ef $last ]]
}
still_last || refuse 76 "the token $token was claimed anew while this start waited"
write_file owner "$token $restart"$'\n' || refuse 74 "cannot write to $run_dir"
if ! still_last; then
  # A later start came in between; what it has written there, or will, stands.
  [[ $(value_of "$last" kind) != claim ]] || write_file owner "$token $(value_of "$last" restart)"$'\n'
  refuse 76 "the token $token was claimed anew at this moment"
fi
# What has been trained to its end is not trained again: a controller that was killed may start a job
# once more that had ended, and a run that was given up may have ended after all.
# all_ranks WORD START: whether each rank of a start, or of any (*), has left the word: that it came to its good end
# (done), or to any (ended). Sets count to how many they are.
all_ranks() {
  local first rank
  for first in "$run_dir"/.$1.$2.0of*; do
    count=${first##*of}
    [[ -e $first && $count =~ ^[0-9]{1,6}$ ]] || continue
    for ((rank = 1; rank < 10#$count; rank++)); do
      [[ -e ${first%0of*}${rank}of$count ]] || continue 2
    done
    return 0
  done
  return 1
}
# A record says it or, where the script was killed before it could leave one, the ranks.
if [[ $(cat -- "$run_dir/exit.json" 2>/dev/null) == '{"code":0,'* ]] || all_ranks done '*'; then
  say "run $run was trained to its end by an earlier start: nothing is left to do"
  write_file exit.json \
    "{\"code\":0,\"restart\":$restart,\"time\":$(date +%s),\"token\":\"$token\"}"$'\n' || exit 74
  rm -f -- "$run_dir"/.done.*
  exit 0
fi
rm -f -- "$run_dir"/{exit.json,successor} "$run_dir"/.{ready,began,closed,done,ended,told,catches,again,bad}.*
say "run $run (task $task, restart $restart) starts on ${HOSTNAME:-this host}: $run_dir/output.log"
exec </dev/null >>"$run_dir/output.log" 2>&1
log_start=$(stat -L -c %s -- "$run_dir/output.log")

# --- The heartbeat: touched while this script lives, for others to see. A start that waits for it to stop
# leaves its name after a while: Slurm has ended this one, and did not reach it. ---
touch -- "$run_dir/heartbeat"
# has_successor: whether another start waits for the end of this one, or already trains: that of a node that had
# frozen, and thaws.
has_successor() {
  local word name
  for word in successor owner; do
    name=$(cat -- "$run_dir/$word" 2>/dev/null)
    [[ -z $name ]] || is_before "$name" || return 0
  done
  return 1
}
# is_before START: whether that is this start or an earlier one of the same job.
is_before() {
  [[ ${1% *} == "$token" && ${1##* } =~ ^[0-9]{1,9}$ ]] && ((10#${1##* } <= restart))
}
heartbeat() {
  local told=''
  trap '' TERM INT USR1 # it ends with the script, not with the trainer
  trap 'kill -s HUP "$!" 2>/dev/null; exit' HUP
  while kill -0 $$ 2>/dev/null; do
    touch -- "$run_dir/heartbeat"
    if [[ -z $told ]] && has_successor; then
      say "Slurm has started this run once more: the trainer is told to end"
      told=1
      kill -s TERM $$
    fi
    sleep 5 &
    wait "$!"
  done
}
heartbeat &
heart=$!

# --- Memory: the kernel kills by signal 9 what exceeds its limit, as anybody may. Its control groups
# count such kills; Slurm's own commands speak of them, also of those on other nodes. ---
cgroups=/sys/fs/cgroup
membership=/proc/self/cgroup
# memory_kills: how many processes of this job were killed so on this node, as far as can be known.
memory_kills() {
  local controllers path file key value kills=0
  while IFS=: read -r _ controllers path; do
    # The whole job's group, above those of its steps and tasks.
    [[ ! $path =~ ^.*/job_[0-9]+ ]] || path=${BASH_REMATCH[0]}
    case ,$controllers, in
      ,,) set -- "$cgroups$path/memory.events" "$cgroups/unified$path/memory.events" ;;
      *,memory,*) set -- "$cgroups/memory$path/memory.oom_control" ;;
      *) continue ;;
    esac
    for file in "$@"; do
      [[ -r $file ]] || continue
      while read -r key value; do
        [[ $key != oom_kill || ! $value =~ ^[0-9]{1,15}$ ]] || kills=$((kills + 10#$value))
      done <"$file"
    done
  done <"$membership"
  printf '%s' "$kills"
}
kills_before=$(memory_kills)
# ran_out_of_memory CODE: whether that is why the trainer ended.
ran_out_of_memory() {
  case $1 in 0 | 64 | 65 | 75 | 76 | 86) return 1 ;; esac # what a trainer says by itself
  (($(memory_kills) <= kills_before)) || return 0
  [[ -n $job ]] || return 1
  # LogTimeFormat may have a stamp put before each of Slurm's lines.
  local slurm='(^(srun|slurmstepd[^ :]*): |^.{1,80} (srun|slurmstepd[^ :]*): error: )'
  tail -c "+$((log_start + 1))" -- "$run_dir/output.log" | tail -c 65536 |
    grep -aEq "$slurm.*(oom[-_ ]kill|Out Of Memory|[Ee]xceeded (job |step )?memory limit)"
}

# was_preempted CODE: whether another job takes this one's place. Where a partition gives a grace time Slurm tells the
# ranks alone to end, calls that a failure, and knows better for a few minutes only.
was_preempted() {
  case $1 in 0 | 64 | 65 | 75 | 76 | 86) return 1 ;; esac
  [[ -n $heard && -z $told_to_end ]] || return 1
  [[ $(SLURM_TIME_FORMAT=standard timeout 20 \
    squeue --noheader --jobs="$SLURM_JOB_ID" --Format=PreemptTime 2>/dev/null) == *[0-9]T[0-9]* ]]
}

# ask_for_requeue: the trainer wants to be run again. Never for a job that somebody told to end: TERM
# comes from scancel, from a preemption, which requeues by itself, or from the time limit.
ask_for_requeue() {
  local id=$job
  [[ -n $job && -z $told_to_end ]] || return
  # The id of an array alone would mean all its tasks.
  [[ -z ${SLURM_ARRAY_JOB_ID:-} ]] || id=${SLURM_ARRAY_JOB_ID}_$task
  if ((restart >= max_requeues)); then
    say "not asking for a requeue: this is restart $restart and the limit is $max_requeues"
  elif (trap '' TERM; exec scontrol requeue Incomplete "$id"); then
    # "Incomplete": not if it is being cancelled at this moment. What is requeued is told to end at once, with
    # all that it runs, and the answer is to be heard.
    say "asked Slurm to requeue job $id"
  else
    say "Slurm does not requeue job $id; orchestrate will submit a continuation"
  fi
}

# finish CODE: leave the end's record, if the directory is still ours, and end.
launched=1 ranks='' ranks_lost='' ranks_silent='' by_rank='' heard=''
finish() {
  local more=''
  ((launched)) || more+='"launched":false,'
  if [[ $(cat -- "$run_dir/owner" 2>/dev/null) == "$token $restart" ]]; then
    if ran_out_of_memory "$1"; then
      say "the trainer ran out of memory"
      more+='"out_of_memory":true,'
    fi
    [[ -z $ranks ]] || more+="\"ranks\":$ranks,"
    [[ -z $ranks_lost ]] || more+='"ranks_lost":true,'
    [[ -z $ranks_silent ]] || more+='"ranks_silent":true,'
    [[ -z $by_rank ]] || more+='"by_rank":true,'
    ! was_preempted "$1" || more+='"preempted":true,'
    if write_file exit.json \
      "{\"code\":$1,$more\"restart\":$restart,\"time\":$(date +%s),\"token\":\"$token\"}"$'\n' &&
      rm -f -- "$run_dir"/.{ready,began,closed,done,ended,told,catches,again,bad}."$unique".* && (($1 == 75)); then
      ask_for_requeue
    fi
  fi
  kill -s HUP "$heart" 2>/dev/null
  exit "$1"
}

# --- What the trainer finds in its environment. ---
resume=$started_before
[[ $restart -eq 0 ]] || resume=1
for checkpoint in "$run_dir"/checkpoints/*; do [[ ! -e $checkpoint ]] || resume=1; done
export ORCHESTRATE_RUN_DIR=$run_dir ORCHESTRATE_CONFIG=$run_dir/config.json
export ORCHESTRATE_METRICS=$run_dir/metrics.jsonl ORCHESTRATE_RESUME=$resume
export ORCHESTRATE_TOKEN=$token ORCHESTRATE_RESTART=$restart
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-${SLURM_CPUS_PER_TASK:-1}}
export DATA='$(touch hacked) `id` '\''a'\'' "b" \'
export EMPTY=''
export NOTE='-n # not a comment'
for pair in "${fields[@]:4}"; do export -- "$pair"; done

# --- Train. ---
command=( '/home/ada/it'\''s #1 "mix" $(rm -rf ~) 100% ö/bin/train' '--name=a b' '' '$HOME' 'it'\''s' )
# end_what_hangs: srun may hear of the end of its ranks too late, or never, where their daemon was killed. A
# minute after all of them have said that they came to their end it is ended itself.
launch='' looked=$SECONDS hung=''
end_what_hangs() {
  ((SECONDS - looked >= 10)) || return
  looked=$SECONDS
  if ! all_ranks ended "$launch"; then
    hanging_since=''
  elif ((SECONDS - ${hanging_since:=$SECONDS} >= 60)); then
    say "all ranks came to their end a minute ago, and srun has not: it is ended"
    hung=1
    kill -s KILL "$child" 2>/dev/null
  fi
}
hanging_since=''
# run_child COMMAND...: runs it to its end and leaves its status in code.
run_child() {
  "$@" &
  child=$!
  # One that came just before there was a child has reached nobody yet.
  [[ -z $stop ]] || kill -s "$passed" "$child" 2>/dev/null
  # Looked for rather than waited for: where a signal and the child's end come together, a `wait` that the
  # signal has ended early loses the child's status (255) or blocks for ever in the next one (Bash 5.2).
  while kill -0 "$child" 2>/dev/null; do
    sleep 0.5 # until then it may be a copy of this script, which has a handler
    [[ -n $job || -e $run_dir/.catches.$unique.0 ]] || ! hears "$child" ||
      : >"$run_dir/.catches.$unique.0"
    [[ -z $launch ]] || end_what_hangs
  done
  wait "$child"
  code=$? child=''
}
# catches PID: whether that process, or one that it has started, has a handler for TERM.
# hears PID: whether it has, or lets another work, which it has for some seconds: that one may be ended by TERM, and it
# goes on to leave with 0. One that does neither and leaves with 0 had come to its end when the signal came.
catches='catches() {
  local pid=$1 line
  while read -r line; do
    [[ $line != SigCgt:* ]] || ((! (0x${line##*[[:space:]]} & 0x4000))) || return 0
  done <"/proc/$pid/status"
  for pid in $(<"/proc/$pid/task/$pid/children"); do ! catches "$pid" || return 0; done
  return 1
} 2>/dev/null
seen= seen_at=-9
hears() {
  local pid others
  ! catches "$1" || return 0
  ((SECONDS - seen_at >= 3)) || return 1
  others=$(cat "/proc/$1/task/"*/children)
  for pid in $others; do [[ $seen != *" $pid "* ]] || return 0; done
  seen=" $others " seen_at=$SECONDS
  return 1
} 2>/dev/null'
eval "$catches"
# left_when_told: a trainer left with 0 because it was told to, as many do once they have written a checkpoint.
# That is no word of a training at its end: it counts as if the signal had ended it.
left_when_told() {
  ended_by_signal
  heard=1
  say "the trainer was told to end and left with 0: nobody knows how far it was"
}
# ended_by_signal: what a warning came before is no wish to be run again.
ended_by_signal() {
  code=$stop
  [[ -n $code && $code -ne 75 ]] || code=143
}
if [[ -z $job ]]; then
  [[ -z $stop ]] || finish "$stop"
  run_child "${command[@]}"
  ((code != 0)) || [[ -z $told_to_end || ! -e $run_dir/.catches.$unique.0 ]] || left_when_told
  finish "$code"
fi
if ((${SLURM_NTASKS:-${SLURM_JOB_NUM_NODES:-1}} > 1)); then
  # Several tasks are ranks that have to find each other: in the way that a module or the site has
  # chosen, else by PMIx where Slurm has it. ("(null)" is how Slurm from 23.11 on says none.)
  if [[ -z ${SLURM_MPI_TYPE:-} && $(scontrol show config) =~ MpiDefault\ *=\ *(none|openmpi|\(null\)) ]] &&
    [[ $(srun --mpi=list 2>&1) == *pmix* ]]; then
    export SLURM_MPI_TYPE=pmix
  fi
fi
# Words that each rank leaves, under the launch's name. That it begins, which is allowed until the script
# has given the launch up: of two renamings of one file one succeeds. That it has come to its good end: this
# script may be killed before it can record that, and srun says 0 of ranks that it has lost, too. That it left
# with 0 after it was told to end, and could hear that. That it wants to be run again: srun ends all ranks as soon
# as one has failed, and the others are to write their checkpoints to the end. How the first one ended that did
# not end well: srun says the highest status of all, and that is mostly the one of those that it has ended. And that
# it has ended at all: who says nothing may train on, on a node that Slurm has lost.
# A trainer outlives script and srun where the daemon of its node is killed, and Slurm starts the run
# elsewhere. So one rank of each node keeps the pulse, for which that start waits, and ends all that the ranks there
# have started once that one has left its name, or has taken the directory over while the node was frozen. It does
# so until nothing of this start is left on its node.
rank=$catches'
  told=; trap told=1 TERM INT; trap : USR1
  word() { printf "%s/.%s.%s" "$ORCHESTRATE_RUN_DIR" "$1" "$0"; }
  leave() { : >"$1" || { sleep 2; : >"$1"; }; }
  # What another start has left, unless that is an earlier one of the same job.
  named() {
    name=$(cat -- "$ORCHESTRATE_RUN_DIR/$1"); number=${name##* }
    [[ ${name% *} == "$ORCHESTRATE_TOKEN" && $number =~ ^[0-9]{1,9}$ ]] &&
      ((10#$number <= ORCHESTRATE_RESTART)) || printf %s "$name"
  }
  # The processes of the trainers on this node, in whatever session they are: all have inherited the name.
  trainers() {
    for pid in $(grep -lzxF -- "ORCHESTRATE_START=$0" /proc/[0-9]*/environ); do
      pid=${pid#/proc/}
      printf "%s " "${pid%/environ}"
    done
  }
  kill_trainers() {
    while pids=$(trainers); [[ -n $pids ]]; do
      kill -s KILL $pids
      [[ -z $1 ]] || touch -- "$ORCHESTRATE_RUN_DIR/heartbeat"
      sleep 1
    done
    exit
  }
  pulse() {
    trap "" TERM INT USR1
    trap "over=1; kill -s HUP \$! 2>/dev/null" HUP
    stat=$(<"/proc/$$/stat"); set -- ${stat##*) }; group=$3
    over= lost=0
    # Its own rank may have ended, and another one train on, or something that it has started.
    while [[ -z $over ]] && kill -0 $$ || [[ -n $(trainers) ]]; do
      # Another start trains: there is no time to lose, but for the second look that a network file system needs.
      if [[ $(named owner) == "" ]]; then lost=0; else ((++lost < 2)) || kill_trainers ""; fi
      touch -- "$ORCHESTRATE_RUN_DIR/heartbeat"
      if [[ $(named successor) != "" ]]; then
        kill -s TERM -- "-$group" $(trainers) # the ranks, too: they are to know that it was said
        for ((seconds = 0; seconds < 30; seconds += 5)); do
          touch -- "$ORCHESTRATE_RUN_DIR/heartbeat"
          sleep 5
          [[ -n $(trainers) ]] || exit
        done
        kill_trainers beating
      fi
      sleep 5 &
      wait "$!"
    done
  }
  # Whether the trainer has a handler for TERM is seen while it lives: it may be gone as soon as TERM has come.
  watch() {
    trap "" TERM INT USR1
    trap "kill -s HUP \$! 2>/dev/null; exit" HUP
    pauses=(.1 .2 .5 1 2 3)
    for ((looks = 0; ; looks++)); do
      for pid in $(<"/proc/$$/task/$$/children"); do
        [[ $pid != "$BASHPID" && $pid != "$beat" ]] && hears "$pid" || continue
        sleep .2 # until then it may be a copy of this shell, which has a handler
        if hears "$pid"; then leave "$(word catches).${SLURM_PROCID:-0}"; exit; fi
      done
      kill -0 $$ || exit
      sleep "${pauses[looks]:-5}" &
      wait "$!"
    done
  }
  mv -- "$(word ready)" "$(word began)" 2>/dev/null
  [[ -e $(word began) ]] || exit 74
  beat=; if ((${SLURM_LOCALID:-0} == 0)); then pulse </dev/null >/dev/null 2>&1 & beat=$!; fi
  watch </dev/null >/dev/null 2>&1 & heart="$beat $!"
  export ORCHESTRATE_START=$0
  "$@"; code=$?
  ((code != 143)) || told=1
  hears= first=
  [[ ! -e $(word catches).${SLURM_PROCID:-0} ]] || hears=1
  case $code in
    0) end=$(word done).${SLURM_PROCID:-0}of${SLURM_STEP_NUM_TASKS:-1}
      [[ -z $told || -z $hears ]] || end=$(word told)
      leave "$end" || code=74 ;;
    75) ! leave "$(word again)" || code=0 ;;
    # The first one counts: srun tells the others to end, or kills them at once where one has called MPI_Abort.
    *) ! (set -C; echo "$code${told:+ told}" >"$(word bad)") 2>/dev/null || first=1 ;;
  esac
  leave "$(word ended).${SLURM_PROCID:-0}of${SLURM_STEP_NUM_TASKS:-1}"
  # TERM reaches one process of the step after the other, and may come here after what the trainer did about it.
  if [[ -z $told ]] && { [[ -n $first ]] || ((code == 0)) && [[ -n $hears ]]; }; then
    sleep 1
    if [[ -n $told && -n $first ]]; then
      echo "$code told" >"$(word bad)"
    elif [[ -n $told ]]; then
      mv -- "$end" "$(word told)"
    fi
  fi
  kill -s HUP $heart 2>/dev/null
  exit "$code"'
# Slurm itself may fail to launch the trainer: its ports are used up, a node's daemon does not answer. Where
# no rank has begun, and none can any more, nothing was executed, and it is launched once more. A step that
# Slurm has made and nobody has heard of keeps the job's CPUs: --overlap lets the next one have them, too.
pauses=(2 10 30)
for ((number = 0; ; number++)); do
  [[ -z $stop ]] || finish "$stop"
  launch=$unique.$number launched=1
  : >"$run_dir/.ready.$launch" || finish 74
  # srun takes the CPUs of a task from sbatch's request only if told so, and by its command line: where the site
  # raised their number, several variables name several ones.
  run_child srun ${SLURM_CPUS_PER_TASK:+"--cpus-per-task=$SLURM_CPUS_PER_TASK"} --export=ALL --overlap \
    --kill-on-bad-exit=1 -- bash -c "$rank" "$launch" "${command[@]}"
  # On a network file system a renaming can succeed although mv said no.
  mv -- "$run_dir/.ready.$launch" "$run_dir/.closed.$launch" 2>/dev/null
  [[ -e $run_dir/.closed.$launch ]] || break
  launched=0
  ((code != 0)) || code=74
  [[ -z $stop ]] || finish "$stop"
  pause=${pauses[number]:-}
  say "Slurm did not launch the trainer (srun: exit $code)${pause:+; once more in $pause s}"
  [[ -n $pause ]] || finish "$code"
  for ((; pause > 0; pause--)); do [[ -n $stop ]] || sleep 1; done
done
all_ranks ended "$launch" || ranks_silent=1
bad=$(cat -- "$run_dir/.bad.$launch" 2>/dev/null)
[[ $bad != *' told' ]] || heard=1
bad=${bad% told}
if ((code != 0)) && [[ -z $stop && $bad =~ ^[1-9][0-9]{0,2}$ ]]; then
  code=$bad by_rank=1
elif [[ -e $run_dir/.again.$launch ]]; then
  ((code != 0)) && [[ -z $hung ]] || code=75
elif ((code == 0)) && [[ -e $run_dir/.told.$launch ]]; then
  left_when_told
else
  # A word from another node may take a moment to be seen here.
  for ((tries = 0; tries < 10; tries++)); do
    if all_ranks done "$launch"; then ranks=$count; fi
    [[ -z $ranks && $code -eq 0 && -z $stop ]] || break
    sleep 1
  done
  if [[ -n $ranks ]] && ((code != 0)); then
    say "srun ended with $code after all ranks had come to their good end"
    code=0
  elif [[ -z $ranks ]] && ((code == 0)); then
    # It says so of ranks whose node has failed, and of those that it no longer waits for.
    say "srun ended with 0, and not all ranks have said that they came to their end: Slurm gave them up"
    ranks_lost=1 code=74
    [[ -z $told_to_end ]] || ended_by_signal
  fi
fi
finish "$code"
