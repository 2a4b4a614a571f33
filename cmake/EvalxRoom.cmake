# evalx_room(NAME UNITS a b … DEPENDS …): one folder of src/ as one static library.
# A unit `a` is a.hpp with, where they exist, a.cpp and a_test.cpp beside it; the tests of a room
# are one executable, NAME_test, whose cases CTest lists one by one. WAITS says that they wait
# more than they compute: more of them run at a time.

# Our scripts set it; without it, as an editor or the presets have it, a missing include is seen.
option(EVALX_PRECOMPILE "Parse the heaviest headers once for all rooms; hides a missing include" OFF)
set(EVALX_HEAVY_HEADERS <string> <vector> <map> <memory> <functional> <optional> <boost/asio/co_spawn.hpp>
  <boost/asio/basic_waitable_timer.hpp> <boost/asio/detached.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/post.hpp>
  <boost/asio/posix/basic_stream_descriptor.hpp> <boost/asio/write.hpp> "\"base/result.hpp\"" "\"base/task.hpp\"")

# GCC 12 takes headers that were precompiled for ours, and warns of what it knows to be quiet about.
if(EVALX_PRECOMPILE)
  add_compile_options(-Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized)
endif()

# The first room's are made, the others use them.
function(evalx_precompile target first)
  if(EVALX_PRECOMPILE AND target STREQUAL first)
    target_precompile_headers(${target} PRIVATE ${EVALX_HEAVY_HEADERS} ${ARGN})
  elseif(EVALX_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${first})
  endif()
endfunction()

function(evalx_room name)
  cmake_parse_arguments(ROOM "WAITS" "" "UNITS;DEPENDS;LINK;TEST_LINK" ${ARGN})
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
    evalx_precompile(${name} base)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${ROOM_TEST_LINK} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE EVALX_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    evalx_precompile(${name}_test base_test <gmock/gmock.h> <gtest/gtest.h>)
    include(GoogleTest)
    # scripts/test gives CTest two of its processors for each that there is.
    if(ROOM_WAITS)
      set(processors 1)
    else()
      set(processors 2)
    endif()
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" DISCOVERY_MODE PRE_TEST
                         PROPERTIES TIMEOUT 120 PROCESSORS ${processors})
  endif()
endfunction()
