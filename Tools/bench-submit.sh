#!/usr/bin/env bash
# Submitting and knowing the state of many runs: orchestrate against bare sbatch, submitit and Snakemake on
# one private Slurm cluster, in one run, as ratios.
#   bench-submit.sh [--quick] [--write] [--rounds N] [--sizes 1,100] [--only WORD,...]
# The peers are installed into Benchmarks/.venv-submit; one that cannot be is left out with a word.
# --write keeps the page as Benchmarks/submit.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
orchestrate=$PWD/.build/release/orchestrate
venv=$PWD/Benchmarks/.venv-submit
[[ -x $orchestrate ]] || { echo "bench-submit: $orchestrate is not built" >&2; exit 1; }

# One after the other: a peer that does not install must not take the others with it.
install() {
  "$venv/bin/python" -c "import importlib.metadata as m; m.version('$1')" 2>/dev/null && return
  echo "bench-submit: installing $* into Benchmarks/.venv-submit" >&2
  "$venv/bin/python" -m pip install --quiet "$@" >&2 ||
    echo "bench-submit: $1 cannot be installed here and is left out" >&2
}
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
install submitit
install snakemake-executor-plugin-slurm snakemake

# A pretended cluster big enough for ten thousand jobs at a time, which forgets ended ones soon.
export CLUSTER_DIR=${TMPDIR:-/tmp}/orchestrate-bench-$$
export CLUSTER_ACCOUNTING=1 CLUSTER_MESSAGE_TIMEOUT=60
export CLUSTER_EXTRA=$'MaxArraySize=20001\nMaxJobCount=40000\nMinJobAge=2'
take_down() { CLUSTER_WIPE=1 bash Tools/cluster/down.sh >&2 || true; }
trap take_down EXIT
up=$(bash Tools/cluster/up.sh)
eval "$(tail -1 <<<"$up")"
"$venv/bin/python" Benchmarks/bench_submit.py --orchestrate "$orchestrate" "$@"
