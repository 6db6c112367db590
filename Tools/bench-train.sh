#!/usr/bin/env bash
# `train` against PyTorch on the same model, data and threads, in one run, as ratios.
#   bench-train.sh [--quick] [--write] [--rounds N]
# BENCH_PYTHON names an interpreter that has torch and numpy; without it they are installed into
# Benchmarks/.venv. --write keeps the table as Benchmarks/results.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
music=/usr/share/games/asc/music # Debian's asc-music, three tracks, GPL-2+
work=Benchmarks/.work
train=$PWD/.build/release/train

[[ -d $music ]] || { echo "bench-train: $music is missing; \`make setup\` installs it" >&2; exit 1; }
python=${BENCH_PYTHON:-}
if [[ -z $python ]]; then
  python=Benchmarks/.venv/bin/python
  if ! "$python" -c 'import torch, numpy' 2>/dev/null; then
    echo "bench-train: installing torch and numpy into Benchmarks/.venv"
    if ! { python3 -m venv Benchmarks/.venv && "$python" -m pip install --quiet torch numpy; }; then
      echo "bench-train: torch cannot be installed here; BENCH_PYTHON may name a Python that has it" >&2
      exit 1
    fi
  fi
fi
"$python" -c 'import torch, numpy' 2>/dev/null ||
  { echo "bench-train: $python has no torch or no numpy (BENCH_PYTHON names another)" >&2; exit 1; }

mkdir -p "$work"
"$train" dataset make --audio "$music" --out "$work/4s" --duration 4 --pairs 48 --val 1 --seed 1 2>"$work/make.log" ||
  { cat "$work/make.log" >&2; exit 1; }
"$train" dataset make --audio "$music" --out "$work/16s" --duration 16 --pairs 36 --val 1 --seed 1 2>"$work/make.log" ||
  { cat "$work/make.log" >&2; exit 1; }
exec "$python" Benchmarks/bench_train.py --train "$train" --work "$work" "$@"
