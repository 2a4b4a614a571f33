#pragma once
// LoopThread: a store's thread: one event loop, and one timer for all its deadlines.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "base/timer.hpp"
#include "queue/deadlines.hpp"
#include "queue/stepper.hpp"

namespace evalx::queue {

class LoopThread {
 public:
  using Instant = Clock::Instant;

  /// With a stepper, which must outlive this object, there is no thread: the stepper calls step().
  explicit LoopThread(Stepper* stepper = nullptr)
      : stepper_(stepper), work_(loop_.get_executor()) {}
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  [[nodiscard]] asio::io_context& loop() { return loop_; }
  /// Starts the thread; it also runs actions that were posted before. Call once.
  void start(const char* name);
  [[nodiscard]] bool is_running() const { return is_stepped_ || thread_.joinable(); }
  /// Waits until stop() was called and the loop has nothing left to do.
  void join();

  /// From any thread: runs `action` on this thread, after the actions that were posted before.
  template <class Action>
  void post(Action&& action) {
    asio::post(loop_, std::forward<Action>(action));
  }

  // On this thread only.

  /// Runs `action` after `time`, unless it is cancelled or the thread is stopped before.
  Deadlines::Key after(Instant::duration time, Deadlines::Action action);
  /// Only for a key whose action has not begun.
  void cancel(Deadlines::Key key) { deadlines_.remove(key); }
  /// No deadline runs any more. The thread ends when the loop has nothing left to do.
  void stop();

  // For the stepper.

  /// Runs the next action that was posted; if there is none, all deadlines that are due. False if there
  /// is neither.
  bool step();
  [[nodiscard]] std::optional<Instant> next_deadline() const { return deadlines_.next(); }

 private:
  void arm();
  [[nodiscard]] Instant now() const;

  Stepper* const stepper_;
  asio::io_context loop_{1};
  std::optional<asio::executor_work_guard<Executor>> work_;
  Timer timer_{loop_};
  Deadlines deadlines_;
  Instant armed_ = Instant::max();
  bool stopped_ = false;
  bool is_stepped_ = false;  ///< Between start() and join().
  std::thread thread_;
};

}  // namespace evalx::queue
