#pragma once
// LocalEngine: an engine for one command at a terminal, and how its work is waited for.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "engine.hpp"

namespace evalx::app {

struct LocalOptions {
  std::size_t sandboxes = 1;
  std::filesystem::path artifacts{};  ///< Where compiled programs are kept; empty: see below.
};

/// Gives up root for good, once the engine does not need it any more: read the user's files before.
/// Of `settings` counts what load_local_settings() reads. Compiled programs are kept from run to
/// run: in /var/cache/evalx for root, else where XDG_CACHE_HOME or HOME says. Errors: ENOTSUP for a
/// machine that lacks something required; Engine's; of the folder.
Result<std::unique_ptr<Engine>> open_local_engine(asio::io_context& loop,
                                                  const config::Settings& settings,
                                                  LocalOptions options, const Clock& clock);

/// Turns the first Ctrl-C, SIGTERM or SIGHUP into a request to stop; a second one ends the process
/// as if this were not here.
class Interrupt {
 public:
  explicit Interrupt(asio::io_context& loop);
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  [[nodiscard]] bool came() const { return stop_.stop_requested(); }

 private:
  asio::basic_signal_set<Executor> signals_;
  std::stop_source stop_;
};

/// Runs the loop until the task is done.
template <class T>
T run_to_end(asio::io_context& loop, Task<T> task) {
  std::optional<T> value;
  loop.restart();  // It stops whenever it runs out of work.
  asio::co_spawn(loop, std::move(task), [&value](std::exception_ptr error, T result) {
    EVALX_ASSERT(!error);
    value = std::move(result);
  });
  while (!value) EVALX_ASSERT(loop.run_one() > 0);
  return *std::move(value);
}

}  // namespace evalx::app
