# Sourced: a scratch tree with ./dev and a project of two files, where every package is installed.
#   $source  the project that is tested    $tree  the scratch tree
source=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
fail() { printf '%s\n' "$*" >&2; exit 1; }

mkdir -p "$tree" "$scratch/bin"
cp -r "$source/dev" "$source/tools" "$tree/"
printf '#!/bin/sh\necho installed\n' >"$scratch/bin/dpkg-query"
chmod +x "$scratch/bin/dpkg-query"
export PATH=$scratch/bin:$PATH

printf 'int b();\n' >"$tree/b.hpp"
printf '#include "b.hpp"\nint main() { return b(); }\n' >"$tree/a.cpp"
printf 'int b() { return ANSWER; }\n' >"$tree/b.cpp"
cat >"$tree/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
set(ANSWER 1 CACHE STRING "")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
add_executable(small a.cpp b.cpp)
target_compile_definitions(small PRIVATE ANSWER=${ANSWER})
END
# presets VARIABLES: the preset `dev` and `release` with these cache variables.
presets() {
    cat >"$tree/CMakePresets.json" <<END
{ "version": 6,
  "configurePresets": [
    { "name": "release", "generator": "Ninja", "binaryDir": "\${sourceDir}/build/\${presetName}",
      "cacheVariables": { $1 } },
    { "name": "dev", "inherits": "release" } ],
  "buildPresets": [
    { "name": "release", "configurePreset": "release" },
    { "name": "dev", "configurePreset": "dev" } ] }
END
}
