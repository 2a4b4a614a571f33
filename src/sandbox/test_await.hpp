#pragma once
// TestAwait: runs one coroutine to its end, for tests.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>

#include "base/task.hpp"

namespace evalx::sandbox {

template <class T>
T await(asio::io_context& loop, Task<T> task) {
  std::optional<T> value;
  asio::co_spawn(loop, std::move(task), [&](const std::exception_ptr& thrown, T result) {
    EXPECT_FALSE(thrown);
    value = std::move(result);
  });
  loop.restart();
  loop.run();
  return *std::move(value);
}

}  // namespace evalx::sandbox
