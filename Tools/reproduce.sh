#!/usr/bin/env bash
# The comparison of penalties on real music, by orchestrate: makes the data, runs
# Jobs/seed-reproduction.yaml in the folder reproduction/ and writes Documentation/seed-reproduction.md.
# Runs that are completed already are not run again: started twice, it goes on where it was.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
export PATH=$root/.build/release:$PATH LC_ALL=C.UTF-8
# Debian's asc-music (GPL-2+) and drascula-music (Drascula's freeware licence).
sources=(/usr/share/games/asc/music /usr/share/scummvm/drascula/audio)

mkdir -p reproduction/music
cd reproduction
for source in "${sources[@]}"; do
  [[ -d $source ]] || { echo "reproduce: $source is missing; \`bash Tools/setup.sh reproduce\` installs it" >&2; exit 1; }
  name=$(basename "$(dirname "$source")")
  mkdir -p "music/$name"
  cp -RLu "$source/." "music/$name/"
done
[[ -d .orchestrate ]] || orchestrate init >/dev/null
cp "$root/Jobs/seed-reproduction.yaml" Jobs/
[[ -d data/seed ]] ||
  train dataset make --audio music --out data/seed --duration 4 --pairs 64 --val 16 --seed 123

# A run that diverges is a result here, not a failure; whether all have ended is asked afterwards.
status=0
orchestrate submit Jobs/seed-reproduction.yaml --executor local --wait || status=$?
((status <= 2)) || exit "$status"
python3 "$root/Tools/seed_report.py" runs/seed-reproduction "$root/Documentation"
