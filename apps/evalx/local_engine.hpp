#pragma once
// LocalEngine: an engine for one command at a terminal.

#include <boost/asio/signal_set.hpp>
#include <memory>
#include <stop_token>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "service/engine.hpp"

namespace evalx::app {

struct LocalOptions {
  std::size_t sandboxes = 1;
  std::filesystem::path artifacts{};  ///< Where compiled programs are kept; empty: see below.
};

/// Gives up root for good, once the engine does not need it any more: read the user's files before.
/// Of `settings` counts what load_local_settings() reads. Compiled programs are kept from run to
/// run: in /var/cache/evalx for root, else where XDG_CACHE_HOME or HOME says. Errors: ENOTSUP for a
/// machine that lacks something required; Engine's; of the folder.
Result<std::unique_ptr<service::Engine>> open_local_engine(asio::io_context& loop,
                                                           const config::Settings& settings,
                                                           LocalOptions options,
                                                           const Clock& clock);

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

}  // namespace evalx::app
