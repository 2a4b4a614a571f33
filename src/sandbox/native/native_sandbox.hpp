#pragma once
// NativeSandbox: the worker's side of our engine: slots on demand, boxes on slots.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/sandbox.hpp"
#include "sandbox/weakness.hpp"

namespace evalx::sandbox::native {

struct NativeOptions {
  /// How to start the launcher; it finds its socket at descriptor 3.
  std::string launcher = "/proc/self/exe";
  std::vector<std::string> launcher_argv{"evalx", "launch"};
  /// Read-only paths of the root beside /usr and its like (root.hpp).
  std::vector<std::string> root_paths;
  uid_t uid_base = 2'000'000;  ///< First of the host ids given to slots, two each.
  bool pin_cpus = false;  ///< Slot k on CPU k: for as many slots as there are CPUs, of one profile.
  bool allow_weak = false;  ///< Start even if a required mechanism is missing.
  /// The launcher has ended by itself: nothing runs any more, and nothing ever will. On the loop.
  std::function<void()> on_launcher_lost;
};

/// Lives on one event loop. Boxes must not outlive it.
class NativeSandbox final : public Sandbox {
 public:
  /// Starts the launcher, which needs root; to be called before the process gives up root, reads
  /// secrets or starts threads. Errors: those of check_weaknesses(); the launcher's own, with the
  /// step that failed.
  static Result<std::unique_ptr<NativeSandbox>> start(asio::io_context& loop,
                                                      NativeOptions options);
  ~NativeSandbox() override;

  Task<Result<std::unique_ptr<Box>>> open(BoxSpec spec) override;

  /// What this machine lacks, as the launcher found it at its start.
  [[nodiscard]] const std::vector<Weakness>& weaknesses() const;

  [[nodiscard]] Counters counters() const override;
  void trim() override;

 private:
  struct State;
  class NativeBox;
  explicit NativeSandbox(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace evalx::sandbox::native
