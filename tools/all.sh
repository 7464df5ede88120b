#!/usr/bin/env bash
# Everything that can be asked of this tree, one after the other; goes on after a failure and ends
# with a table. all.sh [STEP...] asks only these. Exit code 1: one of them failed.
#
# It takes about two hours on 2 cores. Without named steps it goes on where it was interrupted: a
# step that has passed on exactly this tree is not asked again, and its line says so.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
notes=build/all
mkdir -p "$notes"

# What each step is, in the order in which a failure is cheapest to find.
steps=(format run test locks doc asan tsan long fuzz consumers bench tidy mutants)
command_of() {
    case "$1" in
        format) echo './dev format --check' ;;
        run) echo 'tools/first_run.sh' ;;
        long) echo './dev long' ;;
        fuzz) echo './dev fuzz 10' ;;
        bench) echo 'env QUANTUM_BRIEF=1 ./dev bench' ;;
        *) echo "./dev $1" ;;
    esac
}
# Its last word on what passed and what was left out.
word_of() { grep -E '^(\./dev: )?(tests|skipped|mutants|tidy|first_run): ' "$1" | tail -1 | sed 's#^\./dev: ##'; }

# What is in this tree: committed, changed and new.
tree=$({
    git rev-parse 'HEAD^{tree}'
    git diff HEAD
    git ls-files --others --exclude-standard -z | xargs -0r sha256sum
} | sha256sum | cut -c 1-16)
passed=$notes/passed/$tree
mkdir -p "$passed"
is_whole=
(($#)) || { is_whole=1; set -- "${steps[@]}"; }
for step in "$@"; do
    [[ " ${steps[*]} " == *" $step "* ]] || { echo "./dev: no step '$step'; there are: ${steps[*]}" >&2; exit 2; }
done
table=$notes/table
printf '%-10s %-7s %10s  %s\n' step result 'time' 'what it says; what was skipped, and why' >"$table"
failed=0
for step in "$@"; do
    if [[ $is_whole && -s $passed/$step ]]; then
        sed 's/$/ (before)/' "$passed/$step" | tee -a "$table" >&2
        continue
    fi
    log=$notes/$step.log
    read -ra command <<<"$(command_of "$step")"
    printf './dev: %s, to %s\n' "${command[*]}" "$log" >&2
    begun=$SECONDS
    result=ok
    "${command[@]}" >"$log" 2>&1 </dev/null || result=FAILED
    took=$((SECONDS - begun))
    if [[ $result == FAILED ]]; then
        failed=1
        tail -n 20 "$log" >&2
    fi
    printf '%-10s %-7s %3d:%02d min  %s\n' "$step" "$result" $((took / 60)) $((took % 60)) "$(word_of "$log")" |
        sed 's/ *$//' | tee "$notes/line" | tee -a "$table" >&2
    [[ $result != ok ]] || cp "$notes/line" "$passed/$step"
done
cat "$table"
exit "$failed"
