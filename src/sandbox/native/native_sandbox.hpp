#pragma once
// NativeSandbox: our engine as a worker sees it. Makes slots on demand, and boxes in slots.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/weakness.hpp"

namespace evalx::sandbox::native {

class SlotPool;

struct NativeOptions {
  /// The program to start as the launcher. It gets its socket as descriptor 3.
  std::string launcher = "/proc/self/exe";
  std::vector<std::string> launcher_argv{"evalx", "launch"};
  /// Read-only paths of the root, in addition to default_root_paths() (root.hpp).
  std::vector<std::string> root_paths;
  uid_t uid_base = 2'000'000;  ///< First host id for slots; each takes two. Below it: the launcher.
  /// Slot k runs on CPU k, modulo the number of CPUs. Use it with one profile, and with no more
  /// slots than CPUs.
  bool pin_cpus = false;
  bool allow_weak = false;  ///< Start even if a required mechanism is missing.
  /// How long a supervisor may be silent beyond the wall time of a run, for its files and on a busy
  /// machine.
  Milliseconds run_slack{60'000};
  /// Called on the loop when the launcher has ended unexpectedly or does not answer. No program can
  /// be started then.
  std::function<void()> on_launcher_lost;
};

/// Lives on one event loop. Boxes must not outlive it.
class NativeSandbox final : public Sandbox {
 public:
  /// Starts the launcher, and blocks until it is ready. To be called before the process gives up
  /// root, reads secrets or starts threads. Errors: those of check_weaknesses(), and those of the
  /// launcher, with the failed step.
  static Result<std::unique_ptr<NativeSandbox>> start(asio::io_context& loop,
                                                      NativeOptions options);
  /// Ends all slots, and waits a bounded time until the launcher has removed its cgroups and ended.
  ~NativeSandbox() override;

  Task<Result<std::unique_ptr<Box>>> open(BoxSpec spec) override;

  /// The mechanisms that this machine lacks, as the launcher found at its start.
  [[nodiscard]] const std::vector<Weakness>& weaknesses() const;

  [[nodiscard]] Counters counters() const override;
  void trim() override;

 private:
  class NativeBox;
  explicit NativeSandbox(std::shared_ptr<SlotPool> pool);
  std::shared_ptr<SlotPool> pool_;
};

}  // namespace evalx::sandbox::native
