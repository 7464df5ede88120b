#!/usr/bin/env bash
# ./dev bench peers [--rounds N]: how long one `next` takes in our engine and in others that Debian
# packages, all on the ten expressions of expressions.tsv (with Quartz's spelling beside each).
#
# A driver per engine, all of the same form. DRIVER EXPRESSIONS MILLISECONDS measures each expression
# in UTC and in America/New_York, in two manners: `each`, one call from each of 64 instants, 491,807 s
# apart from the start of 2026 on; and `stream`, each call from the last answer, 64 times from
# 2026-11-22 on or until the end of 2036, then again from the start. Parsing and what a caller can do
# beforehand stand outside. It goes through everything twice and keeps the second time, so that
# compilers at run time have seen it all. It writes its answers too, and those that differ from ours
# are left out. The drivers take turns, round by round; bench/compare reads what they wrote.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

rounds=15
milliseconds=20
out=build/bench/peers
list=bench/peers/expressions.tsv

say() { printf './dev bench peers: %s\n' "$*" >&2; }

if [[ ${1:-} == --rounds && ${2:-} =~ ^[1-9][0-9]*$ ]] && ((10#$2 >= 6 && $# == 2)); then
    rounds=$((10#$2))
elif (($#)); then
    say "the only argument is --rounds N, at least 6 (an interval of 95 % needs them): not '$*'"
    exit 2
fi

# Debian's own where it is there, whatever else comes first in PATH.
first_of() {
    local program
    for program in "$@"; do
        if command -v "$program" >/dev/null; then
            printf '%s\n' "$program"
            return
        fi
    done
    printf '%s\n' "$1"
}
go=$(first_of /usr/lib/go/bin/go /usr/bin/go go)
javac=$(first_of /usr/lib/jvm/default-java/bin/javac /usr/bin/javac javac)
java=$(first_of /usr/lib/jvm/default-java/bin/java /usr/bin/java java)
python=$(first_of /usr/bin/python3 python3)
jars=/usr/share/java/quartz2.jar:/usr/share/java/slf4j-api.jar

build_go() {
    env -u GOROOT GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE="$PWD/$out/go-cache" \
        "$go" build -o "$out/$1" bench/peers/go/driver.go "bench/peers/go/$1.go"
}
build_driver() {
    case "$1" in
        quantum | croniter) ;;
        robfig | gorhill) build_go "$1" ;;
        quartz) "$javac" -cp "$jars" -d "$out/quartz" bench/peers/QuartzDriver.java ;;
    esac
}
run_driver() {
    case "$1" in
        quantum) build/bench/bin/peer_quantum "$list" "$milliseconds" ;;
        robfig | gorhill) "$out/$1" "$list" "$milliseconds" ;;
        croniter) "$python" bench/peers/croniter_driver.py "$list" "$milliseconds" ;;
        # Compiled before it goes on, and not beside it: on a busy machine that would come too late.
        quartz) "$java" -Xbatch -cp "$out/quartz:$jars" QuartzDriver "$list" "$milliseconds" ;;
    esac
}

mkdir -p "$out"
rm -rf "$out/runs"
engines=()
for engine in quantum robfig gorhill croniter quartz; do
    if build_driver "$engine" >"$out/$engine.log" 2>&1; then
        engines+=("$engine")
        mkdir -p "$out/runs/$engine"
    else
        say "$engine does not build; it is left out. $out/$engine.log ends:"
        tail -n 3 "$out/$engine.log" >&2
    fi
done

for ((round = 1; round <= rounds; ++round)); do
    say "round $round of $rounds: ${engines[*]}"
    still=()
    for engine in "${engines[@]}"; do
        if run_driver "$engine" >"$out/runs/$engine/$(printf %03d "$round")" 2>"$out/$engine.log"; then
            still+=("$engine")
        else
            say "$engine failed; it is left out. $out/$engine.log ends:"
            tail -n 3 "$out/$engine.log" >&2
            rm -rf "$out/runs/$engine"
        fi
    done
    engines=("${still[@]}")
done
[[ -d $out/runs/quantum ]] || { say "our own driver did not run"; exit 1; }
build/bench/bin/compare peers "$out/runs" "$list"
