#!/usr/bin/env bash
# What a newcomer does: ./dev run, with a state of its own. Stops it by INT (Ctrl-C) once its first
# execution has ended; it must then end with 0. Prints what it printed, and how long each took.
set -euo pipefail
set -m # or a background process ignores INT
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkfifo "$scratch/output"
QUANTUM_STATE=$scratch/state ./dev run >"$scratch/output" 2>&1 &
program=$!

first=
while IFS= read -r line; do
    printf '%s\n' "$line"
    if [[ -z $first && $line == *'msg="execution ended"'*'outcome=succeeded'* ]]; then
        first=$SECONDS
        kill -INT "$program"
    fi
done <"$scratch/output"
code=0
wait "$program" || code=$?

[[ -n $first ]] || { echo "first_run: no execution ended well; ./dev run ended with $code" >&2; exit 1; }
((code == 0)) || { echo "first_run: stopped by INT, ./dev run ended with $code, not with 0" >&2; exit 1; }
echo "first_run: the first execution after $first s, stopped $((SECONDS - first)) s later with exit code 0"
