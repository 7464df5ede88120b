#!/usr/bin/env bash
# Embedders' projects with every compiler, configuration and kind of library, warnings as errors:
# each builds all that Quantum's sources give an embedder and installs its own program only.
# matrix.sh SOURCE_DIRECTORY WORK_DIRECTORY
set -euo pipefail
source=$1
work=$2
failed=0
mkdir -p "$work"

# embedder COMPILER CONFIGURATION SHARED HOW
embedder() {
    local name="$1 $2 shared=$3 by $4" begun=$SECONDS
    # One directory for all of them: with a compiler cache the second kind of library costs nothing.
    if cmake "-DQUANTUM_DIR=$source" "-DWORK=$work/embedder" "-DCOMPILER=$(command -v "$1")" \
        -DCONFIG="$2" -DSHARED="$3" -DHOW="$4" -DTARGETS=all "-DFLAGS=-DQUANTUM_WERROR=ON" \
        -P "$source/tests/install/embedder_test.cmake" >"$work/log" 2>&1; then
        printf 'ok      %3d s  %s\n' $((SECONDS - begun)) "$name"
    else
        cat "$work/log"
        printf 'FAILED  %3d s  %s\n' $((SECONDS - begun)) "$name"
        failed=1
    fi
}

for compiler in g++ clang++-14; do
    for configuration in Debug RelWithDebInfo Release; do
        for shared in OFF ON; do
            embedder "$compiler" "$configuration" "$shared" subdirectory
        done
        embedder "$compiler" "$configuration" OFF fetch
    done
done
exit "$failed"
