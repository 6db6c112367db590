#!/usr/bin/env bash
# A registry of a million runs and a hundred million metric rows: how fast it is looked at and taken
# into, each figure beside the sqlite3 shell on the same rows in the same round. Medians.
#   bench-registry.sh [--quick] [--write]
# --quick has a hundredth of everything; --write keeps the table as Benchmarks/registry.md.
# BENCH_FOLDER names a folder with room for the registry (6 GB; --quick: 200 MB), else TMPDIR.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repository=$PWD
export PATH=$PWD/.build/release:$PATH LC_ALL=C
runs=1000000 need=6144 rounds=9 write=
for word in "$@"; do
  case $word in
    --quick) runs=10000 need=200 ;;
    --write) write=1 ;;
    *) echo "bench-registry: unknown option $word (--quick, --write)" >&2; exit 64 ;;
  esac
done
for tool in sqlite3 orchestrate awk; do
  command -v "$tool" >/dev/null || { echo "bench-registry: $tool is missing; \`make setup\` installs it" >&2; exit 1; }
done
parent=${BENCH_FOLDER:-${TMPDIR:-/tmp}}
room=$(df -Pm "$parent" | awk 'NR == 2 { print $4 }')
if ((room < need)); then
  echo "bench-registry: $parent has room for $room MB, $need MB are needed; BENCH_FOLDER names another folder" >&2
  exit 1
fi
folder=$(mktemp -d "$parent/bench-registry.XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
orchestrate init >/dev/null 2>&1
db=.orchestrate/registry.sqlite
experiments=$((runs / 1000)) metrics=10 steps=10 rows=$((runs * 100))

# --- The registry ---------------------------------------------------------------------------------
# Rows come in the order of their keys, so every page is filled once.
clock() { date +%s%N; }
begin=$(clock)
sqlite3 "$db" >/dev/null <<SQL
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $experiments)
INSERT INTO experiment (id, name, created_at) SELECT i, 'e' || i, 1e9 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $runs)
INSERT INTO config (id, sha256, json, created_at)
  SELECT i, printf('%064x', i), json_object('batch_size', 8, 'clip_value', 1.0, 'corr_weight', i % 7 / 10.0,
    'data', 'data/pairs', 'depth', 4, 'epochs', 5, 'learning_rate', 0.001, 'penalty',
    CASE i % 3 WHEN 0 THEN 'quadratic' WHEN 1 THEN 'cubic' ELSE 'exponential' END, 'seed', i, 'width', 64),
    1e9 FROM n;
INSERT INTO submission (id, token, experiment_id, executor, state, directory, is_array, script_sha256,
    manifest_sha256, template_sha256, job_id, created_at)
  SELECT id, name || '.abc', id, 'slurm', 'accepted', '/s', 1, printf('%064x', 1), printf('%064x', 1),
    printf('%064x', 1), id, 1e9 FROM experiment;
INSERT INTO run (id, name, number, experiment_id, config_id, state, submission_id, array_index, job_id,
    directory, created_at, submitted_at, started_at, ended_at, exit_code, last_step, last_epoch, last_values)
  SELECT id, 'e' || (1 + id % $experiments) || '-' || (1 + id / $experiments), 1 + id / $experiments,
    1 + id % $experiments, id,
    CASE WHEN id % 20 = 3 THEN 'failed' WHEN id % 50 = 7 THEN 'diverged' WHEN id % 50 = 8 THEN 'cancelled'
      ELSE 'completed' END,
    1 + id % $experiments, id / $experiments, 1 + id % $experiments,
    '/project/runs/e' || (1 + id % $experiments) || '/e' || (1 + id % $experiments) || '-' || (1 + id / $experiments),
    1e9 + id, 1e9 + id, 1e9 + id, 1e9 + id + 60, 0, $steps, 5,
    json_object('corr_penalty', 0.25, 'grad_norm', 1.5, 'loss', 0.125) FROM config;
INSERT INTO metric_name (id, name) VALUES (1, 'corr_penalty'), (2, 'grad_norm'), (3, 'loss'), (4, 'a'),
  (5, 'b'), (6, 'c'), (7, 'd'), (8, 'e'), (9, 'f'), (10, 'g'), (11, 'h'), (12, 'i');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $runs),
  s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < $steps)
INSERT INTO step SELECT n.i, s.i, (s.i + 1) / 2, 1e9 + n.i + s.i FROM n CROSS JOIN s;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $runs),
  s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < $steps),
  m(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM m WHERE i < $metrics)
INSERT INTO metric SELECT n.i, m.i, s.i, 0, abs(random()) / 9.3e18 FROM n CROSS JOIN m CROSS JOIN s;
COMMIT;
PRAGMA journal_mode = WAL;
SQL
seconds=$((($(clock) - begin) / 1000000000))
size=$(($(stat -c %s "$db") / 1048576))
sync

report() { printf '%s\n' "$*" | tee -a report.txt; }
report "# A registry of $runs runs and $rows metric rows"
report ""
report "Made by \`make bench-registry\`: a file of $size MB, filled in $seconds s. Whole processes on"
report "$(nproc) processors with the file in the page cache; medians of $rounds rounds (of the intake"
report "5), in which both take turns. The ratio is orchestrate's time over the shell's: below 1 it is the faster."
report ""
report "| what | orchestrate | sqlite3 shell | ratio |"
report "|---|---:|---:|---:|"

# time_of VARIABLE COMMAND...: appends the milliseconds of one run.
time_of() {
  local -n list=$1
  shift
  local start
  start=$(clock)
  "$@" >out.txt 2>err.txt || { echo "bench-registry: $* failed:" >&2; cat err.txt >&2; exit 1; }
  list+=("$((($(clock) - start) / 10000))")
}
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
row() { # NAME OURS PEER
  report "$(awk -v n="$1" -v a="$2" -v b="$3" \
    'BEGIN { printf "| %s | %.1f ms | %.1f ms | %.2f |", n, a / 100, b / 100, a / b }')"
}
compare() { # NAME SQL COMMAND...
  local name=$1 query=$2 ours=() peer=()
  shift 2
  for _ in $(seq "$rounds"); do
    time_of ours "$@"
    time_of peer sqlite3 -json "$db" "$query"
  done
  row "$name" "$(median "${ours[@]}")" "$(median "${peer[@]}")"
}

# --- Looking --------------------------------------------------------------------------------------
select="SELECT run.*, experiment.name AS experiment, config.sha256, config.json, submission.executor,
  submission.token, submission.is_array, submission.directory AS submission_directory FROM run
  JOIN experiment ON experiment.id = run.experiment_id JOIN config ON config.id = config_id
  LEFT JOIN submission ON submission.id = run.submission_id"
active="('created', 'submitting', 'unconfirmed', 'pending', 'running', 'requeued')"
compare "\`status\`: what is active and the newest 30" \
  "$select WHERE run.state IN $active; $select ORDER BY run.id DESC LIMIT 30; SELECT count(*) FROM run" \
  orchestrate status
compare "\`status e7 --json\`: an experiment of 1000 runs" "$select WHERE experiment.name = 'e7' ORDER BY run.id" \
  orchestrate status e7 --json
compare "\`status e7-5\`: one run" "$select WHERE run.name = 'e7-5'" orchestrate status e7-5
compare "\`compare --experiment e7 --json\`: courses of 1000 runs" "
  $select WHERE experiment.name = 'e7' ORDER BY run.id;
  SELECT run.id, metric_id, epoch, avg(value) FROM experiment JOIN run ON run.experiment_id = experiment.id
    CROSS JOIN metric ON metric.run_id = run.id AND metric_id IN (1, 3)
    JOIN step ON step.run_id = metric.run_id AND step.step = metric.step
    WHERE experiment.name = 'e7' GROUP BY 1, 2, 3;
  SELECT run.id, epoch, max(value) FROM experiment JOIN run ON run.experiment_id = experiment.id
    CROSS JOIN metric ON metric.run_id = run.id AND metric_id = 2
    JOIN step ON step.run_id = metric.run_id AND step.step = metric.step
    WHERE experiment.name = 'e7' GROUP BY 1" orchestrate compare --experiment e7 --json

# --- Taking in ------------------------------------------------------------------------------------
# Eight runs that have just ended, and what each left: 2500 steps of 12 metrics, so 240,000 metric rows
# and 20,000 steps a round. The shell gets the same rows as CSV, in the order of the table's key, for
# eight other runs of the same registry.
files=8 lines=2500 last=$runs
awk -v lines=$lines 'BEGIN { srand(7)
  split("a b c corr_penalty d e f g grad_norm h i loss", name, " ")
  for (s = 1; s <= lines; s++) {
    printf "{\"epoch\":%d,\"step\":%d,\"time\":%.4f,\"values\":{", 1 + int(s / 500), s, 1.7e9 + s * 0.0137
    for (m = 1; m <= 12; m++) printf "%s\"%s\":%.16g", (m > 1 ? "," : ""), name[m], rand()
    print "}}"
  }
}' >fresh.jsonl
take=() import=()
for _ in 1 2 3 4 5; do
  : >metric.csv
  : >step.csv
  for ((i = 1; i <= 2 * files; i++)); do
    run=$((last + i))
    mkdir -p "runs/fresh/$run"
    sqlite3 "$db" "INSERT INTO run (id, name, number, experiment_id, config_id, state, submission_id,
      array_index, job_id, directory, created_at, ended_at) VALUES ($run, 'fresh-$run', $run, 1, 1, 'completed',
      1, $run, 1, '$folder/runs/fresh/$run', 1e9, unixepoch('now'))"
    if ((i <= files)); then cp fresh.jsonl "runs/fresh/$run/metrics.jsonl"; else
      awk -v run=$run -F'[:,{}]+' '{ print run "," $5 "," $3 "," $7 }' fresh.jsonl >>step.csv
      awk -v run=$run -F'[:,{}]+' 'BEGIN { split("4 5 6 1 7 8 9 10 2 11 12 3", id, " ") }
        { for (m = 1; m <= 12; m++) print run "," id[m] "," $5 ",0," $(8 + 2 * m) }' fresh.jsonl >>metric.csv
    fi
  done
  sort -t, -k1,1n -k2,2n -k3,3n -o metric.csv metric.csv
  time_of take orchestrate reconcile
  time_of import sqlite3 "$db" "BEGIN" ".mode csv" ".import metric.csv metric" ".import step.csv step" "COMMIT"
  got=$(sqlite3 "$db" "SELECT count(*) FROM metric WHERE run_id > $last")
  ((got == 2 * files * lines * 12)) || { echo "bench-registry: $got rows were taken in" >&2; exit 1; }
  last=$((last + 2 * files))
done
row "intake of 240,000 metric rows: \`reconcile\` from JSON lines, \`.import\` from CSV" \
  "$(median "${take[@]}")" "$(median "${import[@]}")"
if [[ -n $write ]]; then cp report.txt "$repository/Benchmarks/registry.md"; fi
