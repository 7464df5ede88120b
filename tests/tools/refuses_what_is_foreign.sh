#!/usr/bin/env bash
# In a tree, or with a state directory, of somebody else's ./dev says in one sentence what to do,
# before it builds.
set -euo pipefail
((EUID == 0)) || { echo "skipped: only root can give files to others"; exit 77; }
. "${BASH_SOURCE[0]%/*}/small_tree.sh"
presets '"ANSWER": "2"'
chmod 755 "$scratch"

# refuses WORDS COMMAND...
refuses() {
    local words=$1 output code=0
    shift
    output=$(cd "$tree" && "$@" 2>&1) || code=$?
    ((code == 1)) || fail "$*: exit code $code: $output"
    [[ $output == *"$words"* ]] || fail "$*: not '$words': $output"
    [[ $output != *$'\n'* ]] || fail "$*: more than a sentence: $output"
    [[ ! -e $tree/build/release ]] || fail "$*: it built first"
}

mkdir "$scratch/state"
chown nobody "$scratch/state"
refuses "the state directory $scratch/state belongs to nobody: use your own" \
    env QUANTUM_STATE="$scratch/state" ./dev run

chown -R nobody "$tree"
refuses "this tree belongs to nobody: call ./dev as that user, or in your own copy" ./dev run
refuses "this tree belongs to nobody" ./dev format --check
refuses "this tree is yours: call ./dev without sudo" env SUDO_UID="$(id -u nobody)" ./dev run
chown -R 54321 "$tree"
refuses "this tree belongs to the user with number 54321" ./dev run

chown -R root "$tree"
chmod 755 "$tree"
refuses "this tree belongs to root: call ./dev as that user" \
    setpriv --reuid=nobody --regid=nogroup --clear-groups ./dev run
mkdir "$tree/build"
chown -R nobody "$tree/build"
refuses "build/ belongs to nobody, who has called ./dev before" ./dev run
rmdir "$tree/build"
(cd "$tree" && ./dev help) | grep -q '^./dev run' || fail "help is refused"
