# evalx_room(NAME UNITS a b … DEPENDS …): one folder of src/ as one static library.
# A unit `a` is a.hpp, with a.cpp and a_test.cpp beside it if they exist. The tests of a room are one
# executable, NAME_test; CTest lists its cases one by one. WAITS: the tests wait more than they
# compute, so CTest runs more of them at the same time. APART: files that are never compiled
# together with others, because they define the same names.

# For building everything, as our scripts do. Without it (in an editor, or with the presets alone) a change
# compiles only its own file, and a missing include is an error.
option(EVALX_QUICK_BUILD "Parse the heaviest headers once, compile several files of a room together" OFF)
set(EVALX_HEAVY_HEADERS <string> <vector> <map> <memory> <functional> <optional> <boost/asio/co_spawn.hpp>
  <boost/asio/basic_waitable_timer.hpp> <boost/asio/detached.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/post.hpp>
  <boost/asio/posix/basic_stream_descriptor.hpp> <boost/asio/write.hpp> "\"base/result.hpp\"" "\"base/task.hpp\"")

# GCC 12 treats precompiled system headers as our code, and then gives false warnings for them. It treats files that
# are compiled together as headers, and warns about their unnamed namespaces.
if(EVALX_QUICK_BUILD)
  add_compile_options(-Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized
    -Wno-subobject-linkage)
endif()

# Precompiles the headers for the target `first`; the other targets use them.
function(evalx_quicken target first)
  if(NOT EVALX_QUICK_BUILD)
    return()
  endif()
  if(target STREQUAL first)
    target_precompile_headers(${target} PRIVATE ${EVALX_HEAVY_HEADERS} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${first})
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
endfunction()

function(evalx_room name)
  cmake_parse_arguments(ROOM "WAITS" "" "UNITS;DEPENDS;LINK;TEST_LINK;APART" ${ARGN})
  set(sources)
  set(tests)
  foreach(unit IN LISTS ROOM_UNITS)
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${unit}.cpp")
      list(APPEND sources "${unit}.cpp")
    endif()
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${unit}_test.cpp")
      list(APPEND tests "${unit}_test.cpp")
    endif()
  endforeach()
  set_source_files_properties(${ROOM_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

  if(sources)
    set(visibility PUBLIC)
    add_library(${name} STATIC ${sources})
  else()
    set(visibility INTERFACE)
    add_library(${name} INTERFACE)
  endif()
  target_include_directories(${name} ${visibility} "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(${name} ${visibility} ${ROOM_DEPENDS} ${ROOM_LINK})
  if(sources)
    evalx_quicken(${name} base)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${ROOM_TEST_LINK} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE EVALX_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    evalx_quicken(${name}_test base_test <gmock/gmock.h> <gtest/gtest.h>)
    include(GoogleTest)
    # scripts/test gives CTest more than twice as many processors as the machine has.
    if(ROOM_WAITS)
      set(processors 1)
    else()
      set(processors 2)
    endif()
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" DISCOVERY_MODE PRE_TEST
                         PROPERTIES TIMEOUT 120 PROCESSORS ${processors})
  endif()
endfunction()
