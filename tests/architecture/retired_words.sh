#!/usr/bin/env bash
# Fails where a word of the list beside it stands in code, tests or docs. Arguments: the project's root.
set -euo pipefail
cd "$1"
list=tests/architecture/retired_words.txt
places=(src include tests docs bench examples fuzz)
words=$(grep -v '^#' "$list" | awk '{ print $1 }')
((${#words} > 100)) || { echo "$list: hardly a word is left"; exit 1; }
found=$(grep -rnwF --include='*.hpp' --include='*.cpp' --include='*.md' --include='*.txt' \
    --exclude="$(basename "$list")" -f <(echo "$words") "${places[@]}" || true)
[[ -z $found ]] && exit 0
echo "words that are no longer used ($list says what is said instead):"
echo "$found"
exit 1
