#!/usr/bin/env bash
# Three lives of examples/durable_functions over one directory, with SIGKILL between them.
# Usage: durable_functions_test.sh PROGRAM QUANTUM
set -euo pipefail
program=$1
quantum=$2
directory=$(mktemp -d)
pid=
finish() {
    if [[ -n $pid ]]; then kill -KILL "$pid" 2>/dev/null || true; fi
    rm -rf "$directory"
}
trap finish EXIT

fail() {
    printf '%s\n' "$1" "it said:" "$said" >&2
    exit 1
}

# Begins a life: its output comes from descriptor 4, its input goes to 5.
begin() {
    coproc LIFE { exec "$program" "$directory/state" "$@" 2>&1; }
    pid=$LIFE_PID
    exec 4<&"${LIFE[0]}" 5>&"${LIFE[1]}"
    exec {LIFE[0]}<&- {LIFE[1]}>&-
    said=
}

# Reads up to the given line.
await() {
    local line
    while IFS= read -r -t 30 line <&4; do
        said+=$line$'\n'
        if [[ $line == "$1" ]]; then return; fi
    done
    fail "no line '$1'"
}

killed() {
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null || true
    exec 4<&- 5>&-
    pid=
}

begin
await "every function is there"
await tick
await report
await "mail to ops"
killed

begin late
await "waits for its function: report"
await tick
await tick
if [[ $said == *$'\nreport\n'* ]]; then fail "it ran without its function"; fi
echo >&5
await "given: report"
await report
await report # by then the end of the one before is stored
killed

begin
await "every function is there"
await report
exec 5>&-
await stopped
wait "$pid" || fail "it did not end well"
pid=

# The second life claimed what was due, and ran the latest of it under its own id.
"$quantum" history report --json --limit 10000 --state "$directory/state" >"$directory/history"
grep -q '"state":"succeeded","reason":"unbound"' "$directory/history" ||
    fail "no run waited for its function: $(cat "$directory/history")"
"$quantum" verify --state "$directory/state"
