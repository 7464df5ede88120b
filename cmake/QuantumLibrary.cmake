# The project's own CMake verbs.
#
#   quantum_library(core)      the library quantum_core, alias quantum::core; installed and exported
#                              with QUANTUM_INSTALL
#   quantum_header_library(conformance)
#                              the same for a library of headers only
#   quantum_pkg_config(core "What it is" REQUIRES stages LIBS cctz)
#                              quantum-core.pc, for builds without CMake; with QUANTUM_INSTALL
#   quantum_small_part(target) quantum_core_small, the objects of quantum_core that are compiled for
#                              size
#   quantum_rooms(target...)   in a unity build each room of these targets is one file
#   quantum_visible()          what shared libraries export: before the libraries
#   quantum_install()          what `cmake --install` puts beside the libraries
#
# Each room of src/ adds its files with target_sources; a library is the sum of its rooms.
include(CheckCXXCompilerFlag)
include(CMakePackageConfigHelpers)

# Warnings concern those who build this project, never those who use it: PRIVATE, not exported.
add_library(quantum_warnings INTERFACE)
target_compile_options(quantum_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
    $<$<BOOL:${QUANTUM_WERROR}>:-Werror>)

add_library(quantum_hardening INTERFACE)
target_compile_options(quantum_hardening INTERFACE
    -fstack-protector-strong
    $<$<CONFIG:Release>:-U_FORTIFY_SOURCE$<SEMICOLON>-D_FORTIFY_SOURCE=2>)
# Not every processor has them, and GCC refuses what the processor has not.
foreach(flag fstack-clash-protection fcf-protection)
    string(MAKE_C_IDENTIFIER "QUANTUM_HAS_${flag}" has)
    check_cxx_compiler_flag(-${flag} ${has})
    if(${has})
        target_compile_options(quantum_hardening INTERFACE -${flag})
    endif()
endforeach()
target_link_options(quantum_hardening INTERFACE -Wl,-z,relro,-z,now)

add_library(quantum_sanitizers INTERFACE)
if(QUANTUM_SANITIZE)
    target_compile_options(quantum_sanitizers INTERFACE
        -fsanitize=${QUANTUM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(quantum_sanitizers INTERFACE -fsanitize=${QUANTUM_SANITIZE})
    # GCC cannot follow std::variant and std::optional through sanitizer calls.
    target_compile_options(quantum_sanitizers INTERFACE
        $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    # The thread sanitizer knows no fences. Asio has one beside locks that order the same accesses.
    if(QUANTUM_SANITIZE MATCHES "thread")
        target_compile_definitions(quantum_sanitizers INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
    endif()
endif()

# A shared library exports what the public headers declare, and what one component uses of another;
# tests reach everything. The sources do not say so: a library is compiled with copies of these
# headers in front that make what they include visible. After a new include from another component,
# configure again.
set(QUANTUM_HIDES OFF)
if(BUILD_SHARED_LIBS AND NOT QUANTUM_TESTS AND NOT QUANTUM_BENCH)
    set(QUANTUM_HIDES ON)
endif()

function(quantum_visible)
    if(NOT QUANTUM_HIDES)
        return()
    endif()
    file(GLOB_RECURSE public RELATIVE "${PROJECT_SOURCE_DIR}/include" CONFIGURE_DEPENDS
        "${PROJECT_SOURCE_DIR}/include/quantum/*.hpp")
    foreach(header IN LISTS public)
        quantum_make_visible("include/${header}" "${header}")
    endforeach()
    file(GLOB_RECURSE sources RELATIVE "${PROJECT_SOURCE_DIR}/src" CONFIGURE_DEPENDS
        "${PROJECT_SOURCE_DIR}/src/*.cpp" "${PROJECT_SOURCE_DIR}/src/*.hpp")
    foreach(source IN LISTS sources)
        quantum_component_of("${source}" user)
        if(user STREQUAL "program" AND NOT QUANTUM_PROGRAM)
            continue()
        endif()
        file(STRINGS "${PROJECT_SOURCE_DIR}/src/${source}" lines REGEX "^#include \"[a-z_]+/[a-z0-9_/]+\\.hpp\"")
        foreach(line IN LISTS lines)
            string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" header "${line}")
            quantum_component_of("${header}" owner)
            if(NOT owner STREQUAL user AND EXISTS "${PROJECT_SOURCE_DIR}/src/${header}")
                quantum_make_visible("src/${header}" "${header}")
            endif()
        endforeach()
    endforeach()
endfunction()

function(quantum_make_visible from to)
    set(QUANTUM_FROM "${PROJECT_SOURCE_DIR}/${from}")
    string(MAKE_C_IDENTIFIER "${to}" QUANTUM_NAME)
    file(STRINGS "${QUANTUM_FROM}" others REGEX "^#include <")
    list(JOIN others "\n" QUANTUM_OTHERS)
    configure_file("${PROJECT_SOURCE_DIR}/cmake/visible.hpp.in" "${PROJECT_BINARY_DIR}/visible/${to}" @ONLY)
endfunction()

# The component whose room a file of src/ or a header is in.
function(quantum_component_of path result)
    set(${result} core PARENT_SCOPE)
    foreach(room IN ITEMS base=stages stage=stages storage/sqlite=sqlite run/http=http explain=explain
            verify=verify simulation=testing times=program why=program plan=program config=program
            server=program client=program daemon=program cli=program)
        string(REGEX MATCH "^(.*)=(.*)$" room "${room}")
        if(path MATCHES "^${CMAKE_MATCH_1}/")
            string(REGEX REPLACE "^.*=" "" component "${room}")
            set(${result} "${component}" PARENT_SCOPE)
        endif()
    endforeach()
endfunction()

# How everything here is compiled. A function a section, so that a linker can leave out what a
# program does not use.
function(quantum_compile target)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON DEFINE_SYMBOL "")
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections
        $<$<CONFIG:Release>:-O2>)  # -O3 makes it larger, not faster
    target_include_directories(${target}
        PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
               $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
        PRIVATE "${PROJECT_SOURCE_DIR}/src")
    if(QUANTUM_HIDES)
        set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden)
        target_include_directories(${target} BEFORE PRIVATE "${PROJECT_BINARY_DIR}/visible")
        # GCC warns of every visible class with a member of a type that is not.
        target_compile_options(${target} PRIVATE -Wno-attributes)
    endif()
    target_link_libraries(${target} PRIVATE
        $<BUILD_INTERFACE:quantum_warnings>
        $<BUILD_INTERFACE:quantum_hardening>
        $<BUILD_INTERFACE:quantum_sanitizers>)
endfunction()

function(quantum_library name)
    set(target "quantum_${name}")
    add_library(${target})
    add_library(quantum::${name} ALIAS ${target})
    quantum_compile(${target})
    # What quantumConfigVersion.cmake calls compatible has the same name.
    set_target_properties(${target} PROPERTIES
        EXPORT_NAME ${name}
        VERSION ${PROJECT_VERSION}
        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
    if(QUANTUM_HIDES)
        target_link_options(${target} PRIVATE "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/shared.map")
        set_target_properties(${target} PROPERTIES LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/shared.map")
        if(NOT QUANTUM_SANITIZE)
            target_link_options(${target} PRIVATE "LINKER:-z,defs")
        endif()
    endif()
    # Whoever links it leaves out what is not used, without having to know how.
    target_link_options(${target} INTERFACE "LINKER:--gc-sections")
    quantum_export(${name})
endfunction()

function(quantum_header_library name)
    set(target "quantum_${name}")
    add_library(${target} INTERFACE)
    add_library(quantum::${name} ALIAS ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    target_compile_features(${target} INTERFACE cxx_std_20)
    target_include_directories(${target} INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    quantum_export(${name})
endfunction()

function(quantum_export name)
    if(NOT QUANTUM_INSTALL)
        return()
    endif()
    install(TARGETS quantum_${name} EXPORT quantum-${name}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(EXPORT quantum-${name}
        NAMESPACE quantum::
        FILE quantum-${name}-targets.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/quantum)
endfunction()

# REQUIRES: components; PACKAGES: other packages with a .pc of their own; LIBS: libraries without.
# HEADERS_ONLY: there is no library of its own.
function(quantum_pkg_config name description)
    if(NOT QUANTUM_INSTALL)
        return()
    endif()
    cmake_parse_arguments(arg "HEADERS_ONLY" "" "REQUIRES;PACKAGES;LIBS" ${ARGN})
    list(TRANSFORM arg_REQUIRES PREPEND "quantum-")
    set(library " -lquantum_${name}")
    # A static library leaves what it stands on to whoever links it.
    if(arg_HEADERS_ONLY)
        set(library)
    elseif(BUILD_SHARED_LIBS)
        set(arg_PACKAGES)
        set(arg_LIBS)
    endif()
    list(JOIN arg_REQUIRES " " requires)
    list(JOIN arg_PACKAGES " " packages)
    string(APPEND requires " ${packages}")
    string(STRIP "${requires}" requires)
    list(TRANSFORM arg_LIBS PREPEND " -l" OUTPUT_VARIABLE libs)
    list(JOIN libs "" libs)
    # Where it is says where the rest is: an installation may be moved.
    file(RELATIVE_PATH up "/at/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/at")
    configure_file("${PROJECT_SOURCE_DIR}/cmake/quantum.pc.in"
        "${PROJECT_BINARY_DIR}/quantum-${name}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/quantum-${name}.pc"
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# The part of `target` that runs seldom, or waits for the system when it does: compiled for size,
# which is what an embedder pays for it. Debug builds are not concerned.
function(quantum_small_part target)
    add_library(${target}_small OBJECT)
    quantum_compile(${target}_small)
    target_compile_options(${target}_small PRIVATE $<$<NOT:$<CONFIG:Debug>>:-Os>)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_small>)
endfunction()

# Only matters where CMAKE_UNITY_BUILD is on, as in the preset `release`: docs/design/0008-one-file-a-room.md.
function(quantum_rooms)
    foreach(target IN LISTS ARGN)
        if(NOT TARGET ${target})
            continue()
        endif()
        set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
        get_target_property(directory ${target} SOURCE_DIR)
        get_target_property(sources ${target} SOURCES)
        foreach(source IN LISTS sources)
            cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${directory}")
            cmake_path(RELATIVE_PATH source BASE_DIRECTORY "${PROJECT_SOURCE_DIR}/src" OUTPUT_VARIABLE room)
            cmake_path(GET room PARENT_PATH room)
            string(REPLACE "/" "_" room "${room}")
            set_property(SOURCE "${source}" TARGET_DIRECTORY ${target} PROPERTY UNITY_GROUP "${room}")
        endforeach()
    endforeach()
endfunction()

function(quantum_install)
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/quantum"
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
    configure_package_config_file(
        "${PROJECT_SOURCE_DIR}/cmake/quantumConfig.cmake.in"
        "${PROJECT_BINARY_DIR}/quantumConfig.cmake"
        INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/quantum)
    write_basic_package_version_file(
        "${PROJECT_BINARY_DIR}/quantumConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
    install(FILES
        "${PROJECT_BINARY_DIR}/quantumConfig.cmake"
        "${PROJECT_BINARY_DIR}/quantumConfigVersion.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/FindCctz.cmake"
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/quantum)
endfunction()
