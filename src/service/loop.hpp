#pragma once
// Loop: runs an event loop until one task is done; asks another thread's loop for a value.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/timer.hpp"

namespace evalx::service {

/// Runs `loop` on the calling thread until `task` ends, and returns its value. The task must not
/// throw. A loop that has stopped is restarted. Other work of the loop stays in it for a later run.
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

/// Calls `question` on `loop`, which another thread runs, and returns its value on the caller's
/// loop; nullopt after `patience`, but `question` is called then as well. The caller's thread runs
/// other work meanwhile. The caller's loop may be destroyed during the wait if `loop` no longer
/// runs.
template <class Question>
Task<std::optional<std::invoke_result_t<Question&>>> ask(asio::io_context& loop, Question question,
                                                         Milliseconds patience) {
  /// Used by the caller's thread alone.
  struct Wait {
    Timer* timer;  ///< Null: the wait is over.
    std::optional<std::invoke_result_t<Question&>> answer{};
  };
  struct End {
    Wait& wait;
    ~End() { wait.timer = nullptr; }
  };
  Timer timer{co_await asio::this_coro::executor, patience};
  const auto wait = std::make_shared<Wait>(Wait{&timer});
  const End end{*wait};
  const auto give = [wait](auto answer) {
    if (wait->timer == nullptr) return;
    wait->answer = std::move(answer);
    wait->timer->cancel();
  };
  asio::post(loop, [question = std::move(question), give, caller = timer.get_executor()]() mutable {
    asio::post(caller, [give, answer = question()]() mutable { give(std::move(answer)); });
  });
  co_await timer.async_wait(kAsResult);
  co_return std::move(wait->answer);
}

}  // namespace evalx::service
