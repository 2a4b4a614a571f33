#pragma once
// run(): awaits one operation, for tests that are not coroutines.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <exception>
#include <optional>

#include "base/task.hpp"

namespace evalx::queue {

using namespace std::chrono_literals;

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
