#pragma once
// SlotPool: the launcher as a worker sees it, and the slots that it made: idle, busy, or dying.

#include <array>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "kernel/child.hpp"
#include "sandbox/native/native_sandbox.hpp"
#include "sandbox/native/peer.hpp"

namespace evalx::sandbox::native {

/// A worker's end of a slot. A slot ends when this is destroyed.
using SlotPeer = std::shared_ptr<Peer>;

/// A slot that was given up while processes may be alive in it.
struct Burial {
  SlotPeer slot;
  std::shared_ptr<const void> held;  ///< BoxSpec::held.
  std::shared_ptr<Timer> end;        ///< Cancelled when all are dead.
  bool is_over = false;
};

/// Lives on one event loop.
class SlotPool : public std::enable_shared_from_this<SlotPool> {
 public:
  /// Starts the launcher, and blocks until it is ready. Errors: as NativeSandbox::start().
  static Result<std::shared_ptr<SlotPool>> start(asio::io_context& loop, NativeOptions options);
  /// Ends all slots, and waits a bounded time until the launcher has removed its cgroups and ended.
  ~SlotPool();
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;

  /// An idle slot, or a new one.
  Task<Result<SlotPeer>> take(SeccompProfile profile);
  void give_back(SeccompProfile profile, SlotPeer slot);
  /// Ends a slot without processes. `why`: for the log, if this is not part of normal operation.
  void give_up(SlotPeer slot, Replaced reason, std::string_view why = {});
  /// The same for a slot in which processes may be alive. It counts, and keeps `held`, until they
  /// are dead, however long the kernel needs.
  std::shared_ptr<Burial> bury(SlotPeer slot, std::shared_ptr<const void> held, Replaced reason,
                               std::string_view why = {});
  /// Asks the launcher to kill a slot that does not answer.
  void end(const Peer& slot);
  void trim();

  [[nodiscard]] Sandbox::Counters counters() const;
  [[nodiscard]] const std::vector<Weakness>& weaknesses() const { return weaknesses_; }
  [[nodiscard]] Milliseconds run_slack() const { return run_slack_; }
  [[nodiscard]] asio::io_context& loop() { return loop_; }
  [[nodiscard]] MessageBuffer& buffer() { return buffer_; }

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
  struct Idle {
    std::vector<SlotPeer> slots;  ///< Taken from the back: the last one used.
    std::size_t low_mark = 0;     ///< The lowest number of them since the last trim().
  };

  SlotPool(asio::io_context& loop, kernel::Fd control, kernel::Child process,
           std::vector<Weakness> weaknesses, Milliseconds run_slack);
  Task<Result<SlotPeer>> make_slot(SeccompProfile profile);
  Task<Result<Incoming>> ask_launcher(SeccompProfile profile);
  void count(Replaced reason, std::string_view why);
  void watch_launcher(std::function<void()> on_lost);
  void lose_launcher(std::string_view why);
  static Task<> watch(std::weak_ptr<SlotPool> pool, std::shared_ptr<Burial> burial);

  asio::io_context& loop_;
  kernel::Child process_;
  std::shared_ptr<Peer> launcher_;
  const std::vector<Weakness> weaknesses_;
  const Milliseconds run_slack_;
  Descriptor launcher_end_;                 ///< The launcher's pidfd, readable once it has ended.
  std::function<void()> on_launcher_lost_;  ///< Called at most once.
  MessageBuffer buffer_;
  std::array<Idle, kSeccompProfiles.size()> idle_;  ///< By profile.
  bool launcher_busy_ = false;
  std::deque<Timer*> launcher_queue_;
  std::list<std::shared_ptr<Burial>> burials_;
  std::size_t slots_ = 0;
  Sandbox::Counters counters_;
};

/// The error of a Failed.
Error error_of(const Failed& failed);

}  // namespace evalx::sandbox::native
