cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/step.cmake")

file(REMOVE_RECURSE "${WORK}")
step(${CMAKE_COMMAND} --install "${QUANTUM_BUILD}" --prefix "${WORK}/prefix")
set(flags)
if(SANITIZE)
    set(flags "-DCMAKE_CXX_FLAGS=-fsanitize=${SANITIZE}")
endif()
step(${CMAKE_COMMAND} -G Ninja -S "${STRANGER}" -B "${WORK}/build"
    "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DCMAKE_CXX_COMPILER=${COMPILER}" ${flags})
step(${CMAKE_COMMAND} --build "${WORK}/build")
step("${WORK}/build/stranger")
if(NOT output MATCHES "2026-11-22T00:15:00Z")
    message(FATAL_ERROR "the stranger's program printed: ${output}")
endif()

# Each component is found by itself, with what it stands on.
foreach(component stages testing explain verify conformance sqlite http)
    if((component STREQUAL "sqlite" AND NOT WITH_SQLITE) OR
       (component STREQUAL "http" AND NOT WITH_HTTP))
        continue()
    endif()
    step(${CMAKE_COMMAND} -G Ninja -S "${STRANGER}" -B "${WORK}/${component}"
        "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DCMAKE_CXX_COMPILER=${COMPILER}" ${flags}
        -DCOMPONENT=${component})
    step(${CMAKE_COMMAND} --build "${WORK}/${component}")
endforeach()

# The author of an adapter runs the suite on it.
step("${WORK}/conformance/stranger" --gtest_brief=1)
if(NOT output MATCHES "\\[  PASSED  \\] [3-9][0-9] tests")
    message(FATAL_ERROR "the adapter's test printed: ${output}")
endif()

# Without CMake: the flags of pkg-config are all that is needed.
find_program(pkg_config pkg-config)
if(pkg_config)
    foreach(component stages core testing explain verify conformance sqlite http)
        set(program "${STRANGER}/main.cpp")
        if(component STREQUAL "stages")
            set(program "${STRANGER}/../../../examples/stages/consumer_supervisor.cpp")
        endif()
        set(packages quantum-${component})
        if(component STREQUAL "conformance")
            set(program "${STRANGER}/../../../examples/storage_adapter/shelf_test.cpp")
            list(APPEND packages gtest_main)
        endif()
        file(GLOB_RECURSE file "${WORK}/prefix/*/quantum-${component}.pc")
        if(NOT file)
            continue()
        endif()
        cmake_path(GET file PARENT_PATH path)
        step(${CMAKE_COMMAND} -E env "PKG_CONFIG_PATH=${path}" ${pkg_config} --cflags --libs
            ${packages})
        separate_arguments(linked UNIX_COMMAND "${output}")
        set(sanitize)
        if(SANITIZE)
            set(sanitize "-fsanitize=${SANITIZE}")
        endif()
        step("${COMPILER}" -std=c++20 ${sanitize} "${program}" -o "${WORK}/by_pkg_config" ${linked})
        step("${WORK}/by_pkg_config")
    endforeach()
endif()

# A component that is not there is refused by name.
execute_process(COMMAND ${CMAKE_COMMAND} -G Ninja -S "${STRANGER}" -B "${WORK}/missing"
        "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DCMAKE_CXX_COMPILER=${COMPILER}" -DCOMPONENT=nonesuch
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0 OR NOT output MATCHES "no component 'nonesuch'")
    message(FATAL_ERROR "an unknown component was not refused by name: ${output}")
endif()
