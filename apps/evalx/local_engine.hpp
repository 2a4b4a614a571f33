#pragma once
// LocalEngine: an engine for one command at a terminal.

#include <boost/asio/signal_set.hpp>
#include <memory>
#include <stop_token>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "service/engine.hpp"
#include "short_lived_folder.hpp"

namespace evalx::app {

struct LocalOptions {
  std::size_t sandboxes = 1;
  std::filesystem::path artifacts{};  ///< Folder of compiled programs; empty: LocalEngine's.
};

/// An engine, and where it keeps compiled programs: in /var/cache/evalx for root, otherwise in
/// evalx below XDG_CACHE_HOME or HOME. All local commands of a user share that folder. If it cannot
/// be used, a temporary folder takes its place.
class LocalEngine {
 public:
  LocalEngine(std::unique_ptr<ShortLivedFolder> spare, std::unique_ptr<service::Engine> engine)
      : spare_(std::move(spare)), engine_(std::move(engine)) {}
  service::Engine& operator*() const { return *engine_; }
  service::Engine* operator->() const { return engine_.get(); }

  std::string cache_problem;  ///< Why programs are not kept for later commands; empty: they are.
  std::string weakness;       ///< The protections that are missing, as allowed; empty: none.

 private:
  std::unique_ptr<ShortLivedFolder> spare_;  ///< Null: the lasting folder is used.
  std::unique_ptr<service::Engine> engine_;
};

/// Gives up root for good when the engine no longer needs it: read the user's files first. Uses
/// only the settings of load_local_settings(). The log is off: the command itself reports errors.
/// Errors: ENOTSUP if this machine lacks something required; Engine's; those of
/// `options.artifacts`.
Result<LocalEngine> open_local_engine(asio::io_context& loop, const config::Settings& settings,
                                      LocalOptions options, const Clock& clock);

/// Prints the weakness, and the cache's problem if the program is compiled, each in one dim line on
/// stderr.
void print_remarks(const LocalEngine& engine, bool compiles);

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
