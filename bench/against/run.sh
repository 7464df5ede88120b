#!/usr/bin/env bash
# ./dev bench against COMMIT [NAME...] [--pairs N] [--within PERCENT] [--each]: is this work tree
# slower than COMMIT? What "within N %" means, and why it is done so: docs/design/0007-comparisons.md.
#
# The other commit is built in a work tree of its own, build/against/<sha>/tree, with its own preset
# `bench`, warnings silenced (they say nothing about speed). This tree's benchmark sources are built
# over the other's library, so that both sides ask the same; where that does not compile, the other
# commit's own sources are taken for that program. Then the programs of both sides run in turn, and
# bench/compare looks at the pairs. Exit code 1 if anything is slower.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

known=(scheduler sqlite spawn stage next include)
pairs=15
options=()
names=()
commit=

say() { printf './dev bench against: %s\n' "$*" >&2; }
usage() {
    say "$*"
    say "usage: COMMIT [NAME...] [--pairs N] [--within PERCENT] [--each]; names: ${known[*]}"
    exit 2
}

while (($#)); do
    case "$1" in
        --pairs)
            [[ ${2:-} =~ ^[1-9][0-9]{0,3}$ ]] && (($2 >= 15)) ||
                usage "--pairs takes a number from 15 to 9999, not '${2:-}'"
            pairs=$2
            shift
            ;;
        --within)
            [[ ${2:-} =~ ^[0-9]+(\.[0-9]+)?$ ]] ||
                usage "--within takes a percentage such as 5 or 2.5, not '${2:-}'"
            options+=(--within "$2")
            shift
            ;;
        --each) options+=(--each) ;;
        -*) usage "unknown option '$1'" ;;
        *)
            if [[ -z $commit ]]; then
                commit=$1
            elif [[ " ${known[*]} " == *" $1 "* ]]; then
                names+=("$1")
            else
                usage "no benchmark '$1' is compared"
            fi
            ;;
    esac
    shift
done
[[ -n $commit ]] || usage "the commit to compare with is missing"
sha=$(git rev-parse --verify --quiet "$commit^{commit}") || usage "no commit '$commit'"
((${#names[@]})) || names=("${known[@]}")

base=build/against/$sha
tree=$base/tree
mkdir -p "$base"
base=$PWD/$base
silence=$PWD/bench/against/no_warnings.cmake
exec 9>build/against/lock
flock --nonblock 9 || { say "another comparison runs in this work tree"; exit 2; }

# ---- both sides' programs, in $base/old and $base/new -------------------------------------------

build_here() {
    local targets=("${names[@]/#/bench_}") name
    say "building this work tree"
    cmake --fresh --preset bench >"$base/new.log" 2>&1 &&
        cmake --build --preset bench --target compare "${targets[@]}" >>"$base/new.log" 2>&1 || {
        tail -n 20 "$base/new.log" >&2
        say "this work tree does not build"
        exit 2
    }
    rm -rf "$base/new"
    mkdir "$base/new"
    for name in "${names[@]}"; do cp "build/bench/bin/bench_$name" "$base/new/"; done
}

# Which programs did come of it is what counts, not ninja's word.
build_there() {
    local targets=("${@/#/bench_}") name
    (
        cd "$tree"
        # What was compiled here without -w is the same.
        export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_IGNOREOPTIONS=-w
        rm -f build/bench/bin/bench_*
        cmake --preset bench -DCMAKE_PROJECT_INCLUDE="$silence" &&
            cmake --build --preset bench --target "${targets[@]}" -- -k 0
    ) >>"$base/old.log" 2>&1 || true
    for name in "$@"; do
        [[ ! -x $tree/build/bench/bin/bench_$name ]] ||
            cp "$tree/build/bench/bin/bench_$name" "$base/old/"
    done
}

missing_there() {
    local name
    for name in "${names[@]}"; do
        [[ -x $base/old/bench_$name ]] || printf '%s\n' "$name"
    done
}

build_other() {
    local left
    rm -rf "$base/old"
    mkdir "$base/old"
    : >"$base/old.log"
    if [[ ! -e $tree/.git ]]; then
        git worktree prune
        git worktree add --quiet --detach "$tree" "$sha"
    fi
    git -C "$tree" checkout --quiet --force "$sha"
    rm -rf "$tree/bench"
    cp -r bench "$tree/bench"
    say "building $(git log -1 --format='%h %s' "$sha")"
    build_there "${names[@]}"
    # Whatever happens, the tree is left as the commit has it.
    rm -rf "$tree/bench"
    git -C "$tree" checkout --quiet --force "$sha"
    mapfile -t left < <(missing_there)
    own_sources=("${left[@]}")
    ((${#left[@]})) || return 0
    say "with its own sources, since ours do not compile over its library: ${left[*]}"
    build_there "${left[@]}"
    mapfile -t left < <(missing_there)
    ((${#left[@]} == 0)) || {
        tail -n 20 "$base/old.log" >&2
        say "of the other commit these do not build: ${left[*]}; $base/old.log says why"
        exit 2
    }
}

# ---- running ------------------------------------------------------------------------------------

# Before bench/figures.hpp, programs with a table of their own wrote no JSON, and none could be brief.
speaks_brief() {
    [[ " ${own_sources[*]} " != *" $1 "* ]] || git cat-file -e "$sha:bench/figures.hpp" 2>/dev/null
}

# run SIDE NAME FILE
run() {
    local program=$base/$1/bench_$2 file=$3
    local json=("--benchmark_out=$file" --benchmark_out_format=json)
    if [[ $2 == next ]]; then
        "$program" "${json[@]}" --benchmark_min_time=0.01 --benchmark_filter=-^floor/
    elif [[ $2 == stage ]]; then
        "$program" "${json[@]}" --benchmark_min_time=0.1 --benchmark_filter='-^(mutex_queue|asio_post)/'
    elif speaks_brief "$2"; then
        QUANTUM_BRIEF=1 "$program" "${json[@]}"
    else
        run_at_length "$2" "$program" "$file"
    fi >"$base/run.log" 2>&1 || {
        tail -n 20 "$base/run.log" >&2
        say "bench_$2 ($1) failed"
        exit 2
    }
}

# As both sides can: what it prints is read.
run_at_length() {
    case "$1" in
        scheduler)
            "$2" 20000 hold >"$3"
            "$2" 100000 burst >>"$3"
            ;;
        spawn) "$2" 3 300 >"$3" ;;
        sqlite)
            "$2" "--benchmark_out=$3" --benchmark_out_format=json \
                --benchmark_filter='durable_executions/group:100/'
            ;;
        include)
            say "bench_include of the other commit prints nothing to compare"
            return 1
            ;;
    esac
}

own_sources=()
build_here
build_other

runs=$base/runs
rm -rf "$runs"
for name in "${names[@]}"; do mkdir -p "$runs/$name"; done
began=$SECONDS
for ((pair = 1; pair <= pairs; ++pair)); do
    for name in "${names[@]}"; do
        # Who goes first changes, so that a machine that slows down does so for both.
        sides=(old new)
        ((pair % 2)) || sides=(new old)
        for side in "${sides[@]}"; do
            run "$side" "$name" "$runs/$name/$(printf %04d "$pair").$side"
        done
    done
    say "pair $pair of $pairs done, $((SECONDS - began)) s"
done

printf '%s (old) and this work tree (new), %s pairs in turn\n' \
    "$(git log -1 --format=%h "$sha")" "$pairs"
for name in "${own_sources[@]}"; do
    printf '%s: the old side is built of its own benchmark sources\n' "$name"
done
echo
"build/bench/bin/compare" against "$runs" "${options[@]}"
