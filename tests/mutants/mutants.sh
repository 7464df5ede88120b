#!/usr/bin/env bash
# Would the tests notice? Makes the one-place mistakes of list.txt one at a time, runs the tests
# concerned, and prints what survived.
#
#   mutants.sh [--quick] [NAME...]   all of them, or those named (`cron.x`, or a room: `cron`)
#   mutants.sh --check               only compares the list with the sources
#
# --quick asks only the tests that the list names first.
#
# Exit 1: more than 3 % survived, or one without a reason, or the tests fail without a mistake.
# The programs are those of the preset `mutants`; JOBS=n runs so many at once (the processors).
set -euof pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
list=$here/list.txt
programs=${QUANTUM_MUTANT_PROGRAMS:-$root/build/mutants/bin}

die() { printf 'mutants: %s\n' "$*" >&2; exit 1; }

# The lines `@ROOM STEP...` of the list: where the tests of a room are.
steps_of_room() { awk -v room="@$1" '$1 == room { $1 = ""; print }' "$list"; }
line_of() { awk -v name="$1" '$1 == name' "$list"; }
listed() { awk '/^[a-z]/ { print $1 }' "$list"; }

# ROOM.NAME of every enumerator in the sources.
in_sources() {
    find "$root/src" -name '*mutant.hpp' ! -path '*/base/mutant.hpp' -exec awk '
        /^enum class [A-Za-z]+Mutant/ { room = $3; sub(/Mutant.*/, "", room); inside = 1; next }
        /^}/ { inside = 0 }
        inside && $1 ~ /^[a-z_0-9]+,/ {
            sub(/,.*/, "", $1)
            if ($1 != "none") print tolower(room) "." $1
        }' {} +
}

# Every enumerator is listed and made somewhere, and nothing else is listed.
check_list() {
    local wrong=0 name room made
    while read -r name; do
        printf 'mutants: %s\n' "$name" >&2
        wrong=1
    done < <(
        comm -23 <(in_sources | sort) <(listed | sort) | sed 's/$/ is not in list.txt/'
        comm -13 <(in_sources | sort) <(listed | sort) | sed 's/$/ is listed, but in no mutant.hpp/'
        listed | sort | uniq -d | sed 's/$/ is listed twice/'
    )
    made=$(grep -rhoE '[A-Za-z]+Mutant::[a-z_0-9]+' "$root/src" | sed -E 's/^(.*)Mutant::/\L\1./')
    for name in $(comm -23 <(in_sources | sort) <(sort -u <<<"$made")); do
        printf 'mutants: %s is made nowhere\n' "$name" >&2
        wrong=1
    done
    for room in $(listed | sed 's/\..*//' | sort -u); do
        [[ -n $(steps_of_room "$room") ]] || { printf 'mutants: no @%s\n' "$room" >&2; wrong=1; }
    done
    return "$wrong"
}

# Ends what a test program that was cut off has left: what carries the mark in its environment, and
# what descends from that.
end_left_overs() {
    local mark=$1 pid children
    for pid in $(set +f; grep -lsF -- "QUANTUM_MUTANT_MARK=$mark" /proc/[0-9]*/environ | tr -dc '0-9\n'); do
        [[ $pid != "$$" && $pid != "$BASHPID" ]] || continue
        children=$(pgrep -P "$pid" || true)
        kill -KILL "$pid" $children 2>/dev/null || true
    done
}

# One step, PROGRAM or PROGRAM:FILTER, under a mistake or none: its exit code, its words in a file.
run_step() {
    local name=$1 step=$2 words=$3 limit=$4 code=0
    local program=${step%%:*} filter='*' mark
    [[ $step != *:* ]] || filter=${step#*:}
    [[ -x $programs/$program ]] || { echo "$program is not there" >>"$work/broken"; exit 1; }
    mark=$name.$BASHPID.$RANDOM
    QUANTUM_MUTANT=$name QUANTUM_MUTANT_MARK=$mark \
        timeout --kill-after=5 "$limit" "$programs/$program" --gtest_fail_fast --gtest_brief=1 \
        --gtest_filter="$filter" >"$words" 2>&1 </dev/null || code=$?
    ((code == 0)) || end_left_overs "$mark"
    return "$code"
}

# The file with the seconds that a step takes without a mistake. Whoever asks first finds it out.
took_file() {
    local file=$work/took/${1//[^A-Za-z0-9_]/_}
    (
        flock 9
        [[ -s $file ]] || ask_none "$1" "$file"
    ) 9>"$file.lock"
    echo "$file"
}

# Without a mistake a step must pass; how long it takes is a measure for what comes.
ask_none() {
    local step=$1 began=$SECONDS words=$work/words/none.${1//[^A-Za-z0-9_]/_}
    if ! run_step none "$step" "$words" 1200 && ! run_step none "$step" "$words" 1200; then
        tail -n 40 "$words" >&2
        echo "$step fails without a mistake" >>"$work/broken"
    fi
    ! grep -q '^\[=*\] 0 tests' "$words" || echo "$step names no test" >>"$work/broken"
    echo $((SECONDS - began)) >"$2"
}

# No step may take longer than four times that, and a while.
limit_of() { echo $(($(cat "$(took_file "$1")") * 4 + 20)); }

first_failure() {
    grep -oE '^\[  FAILED  \] [^ ,]+' "$1" | head -1 | sed 's/.*\] //' || true
}

# Asks one step; prints what noticed the mistake. A test that failed fails twice, or it was chance.
noticed_by() {
    local name=$1 step=$2 words code=0 test limit
    limit=$(limit_of "$step")
    words=$(mktemp "$work/words/XXXXXX")
    run_step "$name" "$step" "$words" "$limit" || code=$?
    ((code != 0)) || return 1
    if ((code == 124 || code == 137)); then
        echo "${step%%:*} (time)"
        return 0
    fi
    test=$(first_failure "$words")
    if [[ -z $test ]]; then
        echo "${step%%:*} (end $code)"
        return 0
    fi
    code=0
    run_step "$name" "${step%%:*}:$test" "$words" "$limit" || code=$?
    if ((code == 0)); then
        echo "$name: $test failed only once" >>"$work/chance"
        noticed_by "$name" "$(without "$step" "$test")"
        return
    fi
    echo "$test"
}

# The step without one of its tests.
without() {
    local step=$1 test=$2
    [[ $step == *:* ]] || step+=':*'
    case $step in
        *:*-*) echo "$step:$test" ;;
        *) echo "$step-$test" ;;
    esac
}

# The steps for a mistake: those that its line names first, then those of its room.
steps_for() {
    local first
    first=$(line_of "$1" | awk '{ print $2 }')
    [[ $first == - ]] || tr '|' '\n' <<<"$first"
    if [[ -z ${quick:-} ]] || [[ $first == - ]]; then
        tr ' ' '\n' <<<"$(steps_of_room "${1%%.*}")" | grep . || true
    fi
}

ask_one() {
    local name=$1 step by began=$SECONDS
    for step in $(steps_for "$name"); do
        if by=$(noticed_by "$name" "$step"); then
            printf '%s\tcaught\t%s\t%s\n' "$name" "$((SECONDS - began))" "$by" >>"$work/results"
            printf 'mutants: %-42s caught by %s\n' "$name" "$by" >&2
            return
        fi
    done
    printf '%s\tsurvived\t%s\t\n' "$name" "$((SECONDS - began))" >>"$work/results"
    printf 'mutants: %-42s SURVIVED\n' "$name" >&2
}

print_table() {
    awk -F '\t' '
        { split($1, part, "."); room = part[1]; tried[room]++; all++; time[room] += $3; sum += $3 }
        $2 == "caught" { caught[room]++; noticed++ }
        END {
            printf "%-12s %6s %7s %9s %9s\n", "room", "tried", "caught", "survived", "seconds"
            for (room in tried)
                printf "%-12s %6d %7d %9d %9d\n", room, tried[room], caught[room],
                    tried[room] - caught[room], time[room] | "sort"
            close("sort")
            printf "%-12s %6d %7d %9d %9d\n", "all", all, noticed, all - noticed, sum
        }' "$work/results"
}

# What survived, each with its reason; fails as the head of this file says.
judge() {
    local name reason survived=0 unexplained=0 tried
    tried=$(wc -l <"$work/results")
    while read -r name; do
        survived=$((survived + 1))
        reason=$(line_of "$name" | cut -d ' ' -f 3- | sed 's/^ *//')
        [[ $reason == *harmless:* ]] || unexplained=$((unexplained + 1))
        printf 'survived: %s: %s\n' "$name" "${reason:-no reason is known}"
    done < <(awk -F '\t' '$2 == "survived" { print $1 }' "$work/results" | sort)
    [[ ! -e $work/chance ]] || sed 's/^/by chance: /' "$work/chance"
    echo "mutants: $tried tried, $survived survived, $unexplained of them without a reason"
    ((unexplained == 0)) || return 1
    ((survived * 100 <= tried * 3)) || { echo "mutants: $survived of $tried survived, which is more than 3 %"; return 1; }
}

# The names to ask for; a room stands for all of its own.
chosen() {
    local name
    (($#)) || { listed; return; }
    for name in "$@"; do
        listed | grep -xE "${name//./\\.}(\..*)?" || die "no mistake is named '$name'"
    done
}

main() {
    local names room
    names=$(chosen "$@") || exit 1
    work=$(mktemp -d)
    export work quick
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/words" "$work/took"
    touch "$work/results"
    local at_once=${JOBS:-$(nproc)}
    if [[ -z ${quick:-} ]]; then
        for room in $(sed 's/\..*//' <<<"$names" | sort -u); do
            tr ' ' '\n' <<<"$(steps_of_room "$room")"
        done | grep . | sort -u | xargs -P "$at_once" -I{} "$0" --none {}
        [[ ! -e $work/broken ]] || die "$(cat "$work/broken")"
    fi
    xargs -P "$at_once" -I{} "$0" --one {} <<<"$names" || true
    [[ ! -e $work/broken ]] || die "$(sort -u "$work/broken")"
    print_table
    judge
}

quick=${quick:-}
case ${1:-} in
    --check) check_list ;;
    --one) ask_one "$2" ;;
    --none) took_file "$2" >/dev/null ;;
    *)
        if [[ ${1:-} == --quick ]]; then
            quick=1
            shift
        fi
        check_list
        main "$@"
        ;;
esac
