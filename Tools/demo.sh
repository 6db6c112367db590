#!/usr/bin/env bash
# The main job from end to end, in the folder demo/: music, pairs, six runs, status, comparison, report.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=$PWD/.build/release
music=/usr/share/games/asc/music # Debian's asc-music, three tracks, GPL-2+
bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\033[1m' plain=$'\033[0m'; fi
step() { printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"; "$@"; }
export PATH=$bin:$PATH

mkdir -p demo
cd demo
step orchestrate init
if [[ ! -d data/demo ]]; then
  [[ -d $music ]] || { echo "demo: $music is missing; \`make setup\` installs it" >&2; exit 1; }
  step train dataset make --audio "$music" --out data/demo --duration 4 --pairs 48 --val 8 --seed 1
fi
step orchestrate submit Jobs/demo.yaml --wait
step orchestrate status demo
step orchestrate compare demo
step orchestrate compare demo --baseline penalty=exponential --metric c_input
step orchestrate report demo --baseline penalty=exponential --metric c_input --output report.html --force
step train penalties
