#!/usr/bin/env bash
# Namespaces are folders: fails where a header of src/ declares something outside the namespace of its room.
# Arguments: the project's root.
#
# Elsewhere a header may only say forward that something exists, and define a class that is nested in a public
# one. What it declares begins in the first column: clang-format indents nothing in namespaces.
set -euo pipefail
cd "$1"

# Rooms whose namespace is not called like their folder, and why.
exceptions='
explain         explain_detail  # quantum::explain is a public function
storage/sqlite  sqlite          # like its component
'

find src -mindepth 2 -name '*.hpp' | sort | xargs awk -v exceptions="$exceptions" '
    BEGIN {
        lines = split(exceptions, line, "\n")
        for (i = 1; i <= lines; i++) if (split(line[i], word, " ") >= 2) called[word[1]] = word[2]
    }
    # The namespace of a room: that of its nearest folder in the table, else that of its first folder.
    function room_of(file,    folder) {
        folder = file
        sub(/^src\//, "", folder)
        while (sub(/\/[^\/]*$/, "", folder)) if (folder in called) return "quantum::" called[folder]
        folder = substr(file, 5)
        return "quantum::" substr(folder, 1, index(folder, "/") - 1)
    }
    FNR == 1 { depth = 0; path[0] = ""; room = room_of(FILENAME) }
    /^(inline )?namespace ([a-z_:]+ )?\{/ {
        name = $0
        sub(/^(inline )?namespace /, "", name)
        sub(/ ?\{.*/, "", name)
        path[depth + 1] = (depth > 0 ? path[depth] "::" : "") name
        depth++
        next
    }
    /^\}  \/\/ namespace/ { depth--; next }
    /^(public|protected|private):/ || /^template <.*>$/ || !/^[A-Za-z_:\[]/ { next }
    /^static_assert\(/ || /^using namespace / || /^namespace [a-z_]+ = / { next }
    {
        if (depth == 0) next
        seen++
        space = path[depth]
        if (space == room || index(space, room "::") == 1 || space !~ /^quantum/) next
        if (/^(class|struct|enum class) [A-Za-z]+( : [a-z_:0-9]+)?;/) next
        if (/^(class|struct) [A-Za-z]+::/) next
        print FILENAME ":" FNR ": stands in " space ", not in " room ": " $0
        wrong++
    }
    END {
        if (seen < 500) print "only " seen + 0 " declarations were seen: the check looked in the wrong place"
        else print seen " declarations looked at, " wrong + 0 " in a namespace that is not of their room"
        exit wrong > 0 || seen < 500
    }'
