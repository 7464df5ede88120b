#!/usr/bin/env bash
# Wrong arguments of ./dev bench against and peers end with exit code 2 and say what is allowed.
set -euo pipefail
cd "$1"

expect() {
    local words=$1 output code=0
    shift
    output=$("$@" 2>&1) || code=$?
    if ((code != 2)) || [[ $output != *"$words"* ]]; then
        printf '%s\nexit code %s, and not: %s\n%s\n' "$*" "$code" "$words" "$output" >&2
        exit 1
    fi
}

against=bench/against/run.sh
expect "the commit to compare with is missing" $against
expect "no commit 'nowhere'" $against nowhere
expect "no benchmark 'idle' is compared" $against HEAD idle
expect "names: scheduler sqlite spawn stage next include" $against HEAD idle
expect "--pairs takes a number from 15 to 9999, not '14'" $against HEAD next --pairs 14
expect "--pairs takes a number from 15 to 9999, not ''" $against HEAD next --pairs
expect "--within takes a percentage such as 5 or 2.5, not '-5'" $against HEAD --within -5
expect "unknown option '--quick'" $against HEAD --quick
expect "the only argument is --rounds N, at least 6" bench/peers/run.sh --rounds 5
expect "the only argument is --rounds N, at least 6" bench/peers/run.sh robfig
