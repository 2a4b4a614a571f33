#pragma once
// Runs an event loop until one task is done: for commands and for a server's start.

#include <boost/asio/co_spawn.hpp>
#include <optional>

#include "base/assert.hpp"
#include "base/task.hpp"

namespace evalx::service {

/// Runs `loop` on the calling thread until `task` ends, and returns its value. The task must not
/// throw. `loop` may have stopped before; work that is left stays in it.
template <class T>
T run_to_end(asio::io_context& loop, Task<T> task) {
  std::optional<T> value;
  loop.restart();  // A loop stops whenever it runs out of work.
  asio::co_spawn(loop, std::move(task), [&value](std::exception_ptr error, T result) {
    EVALX_ASSERT(!error);
    value = std::move(result);
  });
  while (!value) EVALX_ASSERT(loop.run_one() > 0);
  return *std::move(value);
}

}  // namespace evalx::service
