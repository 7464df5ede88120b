#!/usr/bin/env bash
# ./dev configures again when the presets or the CMake files change, and only then.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/small_tree.sh"

# answers CODE WHEN: what the built program ends with.
answers() {
    local code=0
    "$tree/dev" build >"$scratch/log" 2>&1 || fail "$2: $(cat "$scratch/log")"
    "$tree/build/release/small" || code=$?
    ((code == $1)) || fail "$2 the program ends with $code, not with $1"
}

presets '"ANSWER": "2"'
answers 2 "at first"
cache=$tree/build/release/CMakeCache.txt
before=$(stat -c %Y.%i "$cache")
answers 2 "without a change"
[[ $(stat -c %Y.%i "$cache") == "$before" ]] || fail "it configures without a change"

presets '"ANSWER": "3"'
answers 3 "with another value in the preset"
presets '"CMAKE_BUILD_TYPE": "Debug"'
answers 1 "with a value taken out of the preset"
sed -i 's/ANSWER=\${ANSWER}/ANSWER=4/' "$tree/CMakeLists.txt"
answers 4 "with another CMakeLists.txt"

presets '"ANSWER": '
! "$tree/dev" build >"$scratch/log" 2>&1 || fail "a preset that cannot be read builds"
presets '"ANSWER": "5"'
sed -i 's/ANSWER=4/ANSWER=${ANSWER}/' "$tree/CMakeLists.txt"
answers 5 "after a preset that could not be read"
