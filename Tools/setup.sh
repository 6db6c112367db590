#!/usr/bin/env bash
# Installs the Debian packages that a part of the project needs. Running it again does nothing.
#   setup.sh [build] [mpi] [cluster] [demo] [readers] [reproduce] [bench]     all but the last two where none is named
# Where it may not install (no root, no Debian) it prints what is missing and how to get it.
set -euo pipefail

build=(make git ca-certificates sqlite3 libsqlite3-dev libsndfile1-dev libsamplerate0-dev libdnnl-dev)
mpi=(openmpi-bin libopenmpi-dev)
cluster=(slurmctld slurmd slurm-client munge slurmdbd slurm-wlm-mysql-plugin mariadb-server)
demo=(asc-music util-linux)
reproduce=(drascula-music python3)
readers=(python3-venv) # for MLflow and TensorBoard, with which the tests open what is exported
bench=(time python3-venv)

parts=("$@")
[[ ${#parts[@]} -gt 0 ]] || parts=(build mpi cluster demo readers)
wanted=()
for part in "${parts[@]}"; do
  case $part in
  build) wanted+=("${build[@]}") ;;
  mpi) wanted+=("${mpi[@]}") ;;
  cluster) wanted+=("${cluster[@]}") ;;
  reproduce) wanted+=("${reproduce[@]}") ;;
  readers) wanted+=("${readers[@]}") ;;
  bench) wanted+=("${bench[@]}") ;;
  demo) wanted+=("${demo[@]}") ;;
  *) echo "setup: unknown part $part; parts are build, mpi, cluster, demo, readers, reproduce, bench" >&2; exit 64 ;;
  esac
done

if ! command -v swift >/dev/null; then
  echo "setup: swift is not on the PATH; Swift 6.1 or later is needed: https://www.swift.org/install/linux" >&2
  exit 1
fi
if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is no Debian system; install what corresponds to these packages, then go on:" >&2
  printf '  %s\n' "${wanted[@]}" >&2
  echo "(on Fedora: sqlite-devel libsndfile-devel libsamplerate-devel onednn-devel openmpi-devel slurm-slurmctld slurm-slurmd munge)" >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
  exit 0
fi
if [[ $(id -u) -ne 0 ]]; then
  echo "setup: these packages are missing: ${missing[*]}" >&2
  echo "setup: install them with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# No daemon of a package may start by itself: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy" "$log"' EXIT
else
  trap 'rm -f "$log"' EXIT
fi
install() { apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null; }
if ! install; then
  # The lists of a fresh machine are empty or old.
  apt-get update >>"$log" 2>&1 </dev/null || true
  install || { tail -n 20 "$log" >&2; echo "setup: apt-get failed" >&2; exit 1; }
fi
# A build does not notice a header that it did without before.
if [[ " ${missing[*]} " == *" libopenmpi-dev "* ]]; then
  touch "$(dirname "${BASH_SOURCE[0]}")/../Sources/CMPI/cmpi.c"
fi
