# An embedder's project, configured, built, run and installed: nothing of Quantum's may be installed
# with it. Run with -DQUANTUM_DIR=… -DWORK=… -DCOMPILER=… and, each with a default:
#   HOW       subdirectory or fetch
#   CONFIG    Debug, RelWithDebInfo, Release
#   SHARED    BUILD_SHARED_LIBS
#   TARGETS   what is built: embedder and hello, or all
#   FLAGS     further arguments of the configuration
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/step.cmake")
foreach(default "HOW subdirectory" "CONFIG Debug" "SHARED OFF" "TARGETS embedder;hello")
    separate_arguments(default)
    list(POP_FRONT default name)
    if(NOT DEFINED ${name})
        set(${name} ${default})
    endif()
endforeach()

file(REMOVE_RECURSE "${WORK}")
# As many as compile here already; a compiler cache serves where there is one.
find_program(ccache ccache)
if(ccache)
    list(APPEND FLAGS "-DCMAKE_CXX_COMPILER_LAUNCHER=${ccache}")
endif()
step(${CMAKE_COMMAND} -G Ninja -S "${CMAKE_CURRENT_LIST_DIR}/embedder" -B "${WORK}/build"
    "-DQUANTUM_DIR=${QUANTUM_DIR}" "-DCMAKE_CXX_COMPILER=${COMPILER}" -DHOW=${HOW}
    -DCMAKE_BUILD_TYPE=${CONFIG} -DBUILD_SHARED_LIBS=${SHARED}
    # The form of the release build: a fifth of the work.
    -DCMAKE_UNITY_BUILD=ON ${FLAGS})
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
step(${CMAKE_COMMAND} --build "${WORK}/build" --parallel ${cores} --target ${TARGETS})
step("${WORK}/build/embedder")
if(NOT output MATCHES "2026-11-22T00:15:00Z")
    message(FATAL_ERROR "the embedder's program printed: ${output}")
endif()

# A shared library is named by the version it is compatible with, and shows what is Quantum's own and
# public, or used by another component.
if(SHARED)
    file(GLOB_RECURSE libraries "${WORK}/build/*.so")
    if(NOT libraries)
        message(FATAL_ERROR "no shared library was built")
    endif()
    foreach(library IN LISTS libraries)
        cmake_path(GET library FILENAME name)
        step(readelf -d "${library}")
        if(NOT output MATCHES "soname: \\[${name}\\.[0-9]+\\.[0-9]+\\]")
            message(FATAL_ERROR "${library} is not named by its version: ${output}")
        endif()
        step(nm -D --defined-only "${library}")
        string(REGEX MATCHALL "[^ \n]+\n" symbols "${output}")
        list(LENGTH symbols count)
        list(FILTER symbols EXCLUDE REGEX "^_Z[A-Z]*(h[n0-9]*_N|v[n0-9_]*_N)?[A-Z]*7quantum")
        if(symbols OR count EQUAL 0)
            message(FATAL_ERROR "${library} shows ${count} symbols, among them those of others: ${symbols}")
        endif()
        # A friend that a public header names, and so shows.
        string(REGEX REPLACE "[^\n]*7quantum9scheduler14SchedulerCalls[^\n]*" "" output "${output}")
        if(output MATCHES "_ZNK?7quantum9scheduler[^\n]*")
            message(FATAL_ERROR "${library} shows what no other component uses: ${CMAKE_MATCH_0}")
        endif()
    endforeach()
endif()

# An embedder pays for what is used: no commands, no dialect's hints twice.
if(NOT COMPILER MATCHES "clang" AND NOT CONFIG STREQUAL "Debug" AND NOT SHARED)
    step(strip -o "${WORK}/hello" "${WORK}/build/hello")
    file(SIZE "${WORK}/hello" size)
    message(STATUS "a stripped hello has ${size} bytes")
    if(size GREATER 1300000)
        message(FATAL_ERROR "a stripped hello has ${size} bytes, more than 1,300,000: what does it link that it does not use?")
    endif()
endif()

step(${CMAKE_COMMAND} --install "${WORK}/build" --prefix "${WORK}/prefix")
file(GLOB_RECURSE installed RELATIVE "${WORK}/prefix" "${WORK}/prefix/*")
if(NOT installed STREQUAL "bin/embedder")
    message(FATAL_ERROR "an embedder's installation brought more than his own: ${installed}")
endif()
