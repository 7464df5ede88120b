#!/usr/bin/env bash
# docs/start.md as a newcomer follows it: every file is written, every command runs.
# start.sh SOURCE_DIRECTORY BUILD_DIRECTORY WORK_DIRECTORY COMPILER
#
# Only what takes long is replaced, by a `cmake` and a `g++` in front of the real ones: what is
# installed is what was built already, and FetchContent takes this tree, compiled as the tests with
# embedders do, so that a compiler cache knows it.
set -euo pipefail
export SOURCE=$1 BUILD=$2 COMPILER=$4
work=$3
cmake=$(command -v cmake)
export cmake
die() {
    echo "start.sh: $*"
    exit 1
}

rm -rf "${work:?}/hello" "$work/start"
mkdir -p "$work/start/bin"
export HOME=$work/start PATH=$work/start/bin:$PATH
LAUNCHER=$(command -v ccache || true)
export LAUNCHER

cat >"$HOME/bin/cmake" <<'END'
#!/usr/bin/env bash
set -euo pipefail
case "$1 $2" in
    "-S .") "$cmake" "$@" -S "$SOURCE" -B "$HOME/library" "-DCMAKE_CXX_COMPILER=$COMPILER" ;;
    "-S "*)
        "$cmake" "$@" "-DCMAKE_CXX_COMPILER=$COMPILER" "-DCMAKE_CXX_COMPILER_LAUNCHER=$LAUNCHER" \
            -DCMAKE_UNITY_BUILD=ON "-DFETCHCONTENT_SOURCE_DIR_QUANTUM=$SOURCE" --no-warn-unused-cli
        ;;
    "--build build/"*) ;;
    "--install build/"*) "$cmake" --install "$BUILD" "${@:3}" ;;
    *) "$cmake" "$@" ;;
esac
END
cat >"$HOME/bin/g++" <<'END'
#!/usr/bin/env bash
exec "$COMPILER" "$@"
END
chmod +x "$HOME/bin/cmake" "$HOME/bin/g++"

# What is to be installed first: the names at least are those of packages.
install() {
    command -v dpkg-query >/dev/null || return 0
    local package
    for package in ${1#sudo apt-get install }; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            [[ $package == git ]] || die "the package $package is not installed"
    done
}

cd "$work"
runs=0 files=0 file='' language='' text=''
while IFS= read -r line; do
    if [[ $language ]]; then
        if [[ $line != '```' ]]; then
            text+=$line$'\n'
            continue
        fi
        if [[ $file ]]; then
            mkdir -p "$(dirname "$file")"
            printf %s "$text" >"$file"
            files=$((files + 1))
            # Each way begins anew.
            [[ $file != */CMakeLists.txt ]] || rm -rf hello/build
        elif [[ $text == "sudo apt-get install "* ]]; then
            install "${text%$'\n'}"
        else
            bash -euo pipefail -c "$text" >"$HOME/log" 2>&1 || die "$text"$'\n'"$(cat "$HOME/log")"
            if [[ $text == *hello/hello$'\n' || $text == *build/hello$'\n' ]]; then
                [[ $(tail -n 3 "$HOME/log") == hello$'\nhello\n'hello ]] || die "$text"$'\n'"$(cat "$HOME/log")"
                runs=$((runs + 1))
            fi
        fi
        language='' file=''
    elif [[ $line =~ ^\`\`\`([a-z]+)$ ]]; then
        language=${BASH_REMATCH[1]}
        text=''
    elif [[ $line =~ ^\`([a-zA-Z/.]+)\`:$ ]]; then
        file=${BASH_REMATCH[1]}
    fi
done <"$SOURCE/docs/start.md"
((files == 3 && runs == 3)) || die "found $files files and $runs programs, not 3 and 3"
