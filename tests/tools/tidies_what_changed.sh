#!/usr/bin/env bash
# ./dev tidy looks again at what changed, itself or by a header, and at what was not clean.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/small_tree.sh"
presets '"ANSWER": "2"'
touch "$tree/.clang-tidy"
printf '/build/\n' >"$tree/.gitignore"
git -C "$tree" init -q

# A linter that notes what it is asked for, and finds fault with what says FAULT.
cat >"$scratch/bin/clang-tidy-14" <<END
#!/bin/sh
for file; do :; done
[ "\$file" = --version ] && exit
echo "\$file" >>"$scratch/seen"
! grep -q FAULT "\$file" || { echo "\$file: a fault"; exit 1; }
END
chmod +x "$scratch/bin/clang-tidy-14"

# sees FILES WHEN: after ./dev tidy, which is clean or not.
sees() {
    : >"$scratch/seen"
    clean=yes
    "$tree/dev" tidy >"$scratch/log" 2>&1 || clean=no
    local seen
    seen=$(sort "$scratch/seen" | xargs)
    [[ $seen == "$1" ]] || fail "$2 it looks at '$seen', not at '$1': $(cat "$scratch/log")"
}

sees "a.cpp b.cpp" "without a build"
sees "a.cpp b.cpp" "without a build, again,"
cmake --build "$tree/build/dev" >"$scratch/log" || fail "the scratch tree does not build: $(cat "$scratch/log")"
sees "a.cpp b.cpp" "after a build, whose notes it has now,"
sees "" "without a change"
echo '// more' >>"$tree/b.hpp"
sees "a.cpp" "with another header"
echo '// FAULT' >>"$tree/b.cpp"
sees "b.cpp" "with another file"
[[ $clean == no ]] || fail "a fault is clean"
sees "b.cpp" "with a fault that is still there"
[[ $(cat "$scratch/log") == *"b.cpp: a fault"* ]] || fail "a fault is not told: $(cat "$scratch/log")"
sed -i '/FAULT/d' "$tree/b.cpp"
sees "" "with a fault taken back"
echo 'Checks: more' >"$tree/.clang-tidy"
sees "a.cpp b.cpp" "with other checks"
sed -i 's/PRIVATE ANSWER/PRIVATE MORE ANSWER/' "$tree/CMakeLists.txt"
sees "a.cpp b.cpp" "with another command line"
