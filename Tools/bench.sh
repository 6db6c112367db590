#!/usr/bin/env bash
# How fast the command line answers, each figure beside a named peer in the same run. Medians of
# several rounds; the machine's noise is in all of them alike.
#   bench.sh [RUNS]     runs in the registry, 10000 where not said
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PWD/.build/release:$PATH LC_ALL=C
runs=${1:-10000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
orchestrate init >/dev/null 2>&1
db=.orchestrate/registry.sqlite

# A hundred experiments whose runs have all ended, as a year's work leaves them.
sqlite3 "$db" <<SQL
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
INSERT INTO experiment (id, name, created_at) SELECT i, 'e' || i, 1e9 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $runs)
INSERT INTO config (id, sha256, json, created_at)
  SELECT i, printf('%064x', i), json_object('seed', i, 'epochs', 50, 'penalty', 'quadratic'), 1e9 FROM n;
INSERT INTO submission (id, token, experiment_id, executor, state, directory, is_array, script_sha256,
    manifest_sha256, template_sha256, job_id, created_at)
  SELECT id, name || '.abc', id, 'slurm', 'accepted', '/s', 1, printf('%064x', 1), printf('%064x', 1),
    printf('%064x', 1), id, 1e9 FROM experiment;
INSERT INTO run (id, name, number, experiment_id, config_id, state, submission_id, array_index, job_id,
    directory, created_at, last_values)
  SELECT id, 'e' || (1 + id % 100) || '-' || id, id, 1 + id % 100, id, 'completed', 1 + id % 100,
    id / 100, 1 + id % 100, '/r', 1e9, json_object('loss', 0.1, 'grad_norm', 1.5) FROM config;
COMMIT;
SQL

# median NAME COMMAND...: milliseconds, the median of 15 rounds.
median() {
  local name=$1 times=() start
  shift
  for _ in $(seq 15); do
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1
    times+=($((($(date +%s%N) - start) / 10000)))
  done
  local middle
  middle=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 8p)
  printf '%-52s %8.2f ms\n' "$name" "$(awk "BEGIN { print $middle / 100 }")"
  last=$middle
}
ratio() { awk "BEGIN { printf \"%-52s %8.2f\n\", \"  ratio, $1\", $2 / $3 }"; }

query="SELECT run.name, state, job_id, array_index, last_values, config.json FROM run
  JOIN config ON config.id = config_id JOIN experiment ON experiment.id = experiment_id
  WHERE experiment.name = 'e7'"
echo "registry of $runs runs"
median "orchestrate --version" orchestrate --version; ours=$last
median "git --version" git --version; ratio "orchestrate / git" "$ours" "$last"
median "orchestrate status --experiment e7 --json" orchestrate status --experiment e7 --json; ours=$last
median "sqlite3 on the same rows" sqlite3 -json "$db" "$query"; ratio "orchestrate / sqlite3" "$ours" "$last"
median "orchestrate status (newest)" orchestrate status
median "orchestrate status --all --json" orchestrate status --all --json
