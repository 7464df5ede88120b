#!/usr/bin/env bash
# Item 33 of the security checklist: what is released is compiled with checks in the C library, of
# the stack and of jumps. fortified.sh SOURCE_DIRECTORY
set -euo pipefail
source=$1
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
fail() { printf '%s\n' "$*" >&2; exit 1; }

cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >"$build/log" 2>&1 || fail "$(cat "$build/log")"
mapfile -t commands < <(sed -n 's/^ *"command": "\(.*\)",$/\1/p' "$build/compile_commands.json" \
    | sed 's/\\"/"/g' | grep -- " -c $source/src/")
[[ ${#commands[@]} -gt 100 ]] || fail "only ${#commands[@]} files of src/ are compiled"
for command in "${commands[@]}"; do
    for option in -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection; do
        [[ " $command " == *" $option "* ]] || fail "without $option: $command"
    done
done

# And they have their effect: snprintf is the one that checks.
for command in "${commands[@]}"; do
    [[ $command == *"/src/base/rfc3339.cpp" ]] || continue
    object=$(sed -n 's/.* -o \([^ ]*\) .*/\1/p' <<<"$command")
    mkdir -p "$build/${object%/*}"
    (cd "$build" && bash -c "$command")
    nm "$build/$object" | grep >/dev/null '__snprintf_chk' || fail "$object does not check its buffers"
    exit 0
done
fail "src/base/rfc3339.cpp is not compiled"
