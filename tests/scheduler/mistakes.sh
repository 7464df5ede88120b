#!/usr/bin/env bash
# The compiler says of each mistake in mistakes.cpp what is wrong, in few lines.
# mistakes.sh COMPILER INCLUDE_DIRECTORY
set -euo pipefail
compiler=$1
include=$2
source=$(dirname "${BASH_SOURCE[0]}")/mistakes.cpp
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
options=()

compile() {
    LC_ALL=C "$compiler" -std=c++20 -Wall -Wextra -Wpedantic -fsyntax-only "${options[@]}" "-I$include" "$@" "$source" 2>"$work/said"
}

# expect LINES: each line with a mistake is said to be wrong, in at most so many lines.
expect() {
    if compile -DQUANTUM_TEST_MISTAKES; then
        echo "$compiler finds nothing wrong"
        exit 1
    fi
    # One block a mistake: GCC begins it with the function it is in, Clang with the error. What
    # Clang says once for all errors is counted with each.
    awk '
        /: In function / || (!gcc && /: error: /) { ++block }
        /: In function / { gcc = 1 }
        /^[0-9]+ errors? generated\.$/ { shared = 1; next }
        { line[block] = line[block] "\n" $0; ++count[block] }
        /: error: / && split($0, part, ":") { at[block] = part[2] }
        END { for (i = 1; i <= block; ++i) printf "%d %d%s\f", at[i], count[i] + shared, line[i] }
    ' "$work/said" >"$work/blocks"
    local number=0 text expected seen count block
    while IFS= read -r text; do
        number=$((number + 1))
        [[ $text == *"// says: "* ]] || continue
        expected=${text##*// says: }
        seen=
        while IFS= read -r -d $'\f' block; do
            [[ ${block%% *} == "$number" ]] || continue
            seen=1
            count=${block#* }
            count=${count%%$'\n'*}
            if ((count > $1)); then
                echo "line $number: $compiler says $count lines, more than $1:${block#*$'\n'}"
                failed=1
            elif ! sed 's,// says: .*,,; s/_/ /g' <<<"${block#*$'\n'}" | grep -Eq "$expected"; then
                echo "line $number: $compiler does not say '$expected':${block#*$'\n'}"
                failed=1
            fi
        done <"$work/blocks"
        if [[ ! $seen ]]; then
            echo "line $number: $compiler finds nothing wrong"
            failed=1
        fi
    done <"$source"
}

compile || { cat "$work/said"; exit 1; }
[[ ! -s $work/said ]] || { cat "$work/said"; exit 1; }
# Clang shows the code under each note too, and what it would correct: its messages are counted.
if "$compiler" --version | grep -q clang; then options+=(-fno-caret-diagnostics); fi
expect 5
exit "$failed"
