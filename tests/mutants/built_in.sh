#!/bin/sh
# built_in.sh 0|1 FILE...: are one-place mistakes built into these files? They must say so only in
# the build that is made for it (src/base/mutant.hpp).
set -eu
wanted=$1
shift
for file in "$@"; do
    found=0
    strings -a "$file" | grep -qF QUANTUM_MUTANT && found=1
    if [ "$found" != "$wanted" ]; then
        echo "$file: mistakes built in: $found, should be: $wanted" >&2
        exit 1
    fi
done
