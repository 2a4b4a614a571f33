#pragma once
// run(): awaits one operation, for tests that are not coroutines; and rules for tests.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <exception>
#include <optional>

#include "base/task.hpp"
#include "queue/machine.hpp"

namespace evalx::queue {

using namespace std::chrono_literals;

/// Short back-offs, because tests on some stores wait for them.
inline constexpr Rules kBriskRules{.first_back_off = 500ms, .next_back_off = 1s};

/// Runs `task` on a loop of its own and returns its value.
template <class T>
T run(Task<T> task) {
  asio::io_context loop{1};
  std::optional<T> value;
  asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& thrown, T result) {
    EXPECT_FALSE(thrown);
    value = std::move(result);
  });
  loop.run();
  return *std::move(value);
}

}  // namespace evalx::queue
