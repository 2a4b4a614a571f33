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
  std::filesystem::path artifacts{};  ///< Folder of compiled programs; empty: see below.
};

/// Gives up root for good when the engine no longer needs it: read the user's files first. Uses
/// only the settings of load_local_settings(). By default compiled programs are kept for later
/// commands: in /var/cache/evalx for root, otherwise below XDG_CACHE_HOME or HOME. On success the
/// log is off: the command itself reports errors. Errors: ENOTSUP if this machine lacks something
/// required; Engine's; those of the folder.
Result<std::unique_ptr<service::Engine>> open_local_engine(asio::io_context& loop,
                                                           const config::Settings& settings,
                                                           LocalOptions options,
                                                           const Clock& clock);

/// Turns the first SIGINT (Ctrl-C), SIGTERM or SIGHUP into a request to stop. A second one ends the
/// process.
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
