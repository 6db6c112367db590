#!/usr/bin/env bash
# A thousand runs compared and reported, against MLflow's and TensorBoard's own Python readers of the same
# runs, in one run, as ratios.
#   bench-compare.sh [--quick] [--write] [--rounds N]
# The peers are installed into Benchmarks/.venv-compare. --write keeps the page as Benchmarks/compare.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
orchestrate=$PWD/.build/release/orchestrate
venv=$PWD/Benchmarks/.venv-compare
[[ -x $orchestrate ]] || { echo "bench-compare: $orchestrate is not built" >&2; exit 1; }
command -v sqlite3 >/dev/null || { echo "bench-compare: sqlite3 is missing; \`make setup\` installs it" >&2; exit 1; }
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
"$venv/bin/python" -c "import mlflow, tensorboard" 2>/dev/null || {
  echo "bench-compare: installing mlflow-skinny and tensorboard into Benchmarks/.venv-compare" >&2
  "$venv/bin/python" -m pip install --quiet mlflow-skinny tensorboard >&2
}
"$venv/bin/python" Benchmarks/bench_compare.py --orchestrate "$orchestrate" --python "$venv/bin/python" "$@"
