#!/usr/bin/env bash
# clang-tidy over the named files, or all. Without names a file is left out that was clean before
# with the same contents, the same headers, the same command line and the same checks.
# Needs build/dev, configured. If it is built too, its compiler's notes say who includes what;
# otherwise nothing is known to be clean.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/dev
notes=build/tidy
mkdir -p "$notes/clean"

if (($#)); then
    printf '%s\n' "$@" | xargs -P "$(nproc)" -n 4 clang-tidy-14 -p "$build" --quiet
    echo "tidy: clean"
    exit
fi

git ls-files --cached --others --exclude-standard -- '*.cpp' | sort -u |
    grep -Ev '^(fuzz|bench|tests/install|tests/cron/literals)/|/no_compile\.cpp$' >"$notes/files"

# FILE HEADER, a line each, paths relative to this tree or absolute.
ninja -C "$build" -t deps | awk -v here="$PWD/" '
    function path(text) {
        while (sub(/^\.\.\//, "", text)) {}
        if (index(text, here) == 1) text = substr(text, length(here) + 1)
        return text
    }
    /^[^ ].*: #deps/ { source = "" }
    /^    / { file = path($1); if (source == "") source = file; print source, file }
' | sort -u >"$notes/includes"
# FILE COMMAND
awk -v here="$PWD/" '
    /^  "command": / { command = $0; sub(/ -o .*/, "", command) }
    /^  "file": / { file = $2; gsub(/[",]/, "", file); sub(here, "", file); print file, command }
' "$build/compile_commands.json" | sort -u >"$notes/commands"
cut -d ' ' -f 2 "$notes/includes" | sort -u | { xargs sha256sum 2>/dev/null || true; } >"$notes/hashes"
checks=$({ clang-tidy-14 --version; cat .clang-tidy; } | sha256sum)

# KEY FILE: one text a file with all that counts, and its hash.
rm -rf "$notes/keys"
mkdir -p "$notes/keys"
awk -v checks="$checks" -v keys="$notes/keys" -v now="$(date +%s%N)" '
    FILENAME ~ /hashes$/ { hash[$2] = $1; next }
    FILENAME ~ /commands$/ { command[$1] = command[$1] $0; next }
    FILENAME ~ /includes$/ { text[$1] = text[$1] $2 " " hash[$2] "\n"; next }
    {
        key = $1
        gsub(/\//, "+", key)
        # A file that nothing is known of gets a key that was never clean.
        if (!($1 in text)) text[$1] = now
        printf "%s\n%s\n%s", checks, command[$1], text[$1] >(keys "/" key)
        close(keys "/" key)
    }' "$notes/hashes" "$notes/commands" "$notes/includes" "$notes/files"
(cd "$notes/keys" && sha256sum -- *) | tr + / >"$notes/sums"

todo=()
while read -r key file; do
    [[ -e $notes/clean/$key ]] || todo+=("$key" "$file")
done <"$notes/sums"
files=$(wc -l <"$notes/files")
echo "tidy: $((${#todo[@]} / 2)) of $files files are new or not known to be clean"
((${#todo[@]})) || { echo "tidy: clean"; exit; }
printf '%s\n' "${todo[@]}" | NOTES=$notes BUILD=$build xargs -P "$(nproc)" -n 2 bash -c '
    code=0
    said=$(clang-tidy-14 -p "$BUILD" --quiet "$2" 2>&1) || code=$?
    ((code == 0)) && : >"$NOTES/clean/$1"
    grep -vE "^([0-9]+ warnings? generated\.)?$" <<<"$said"
    exit "$code"' tidy
echo "tidy: clean"
