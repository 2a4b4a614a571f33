#pragma once
// Call: one coroutine suspended on its own event loop while a thread of the queue works for it.

#include <atomic>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "base/task.hpp"

namespace evalx::queue {

/// Threads of the queue enter an event loop's gate while they post to the loop, so that it is not
/// destroyed meanwhile. The loop's destructor closes the gate.
class Gate {
 public:
  /// False once closed; otherwise the loop stays alive until leave().
  bool enter() noexcept;
  void leave() noexcept;
  /// Waits until all threads inside have left.
  void close() noexcept;

 private:
  static constexpr std::uint32_t kClosed = 1U << 31;
  std::atomic<std::uint32_t> state_{0};
};

/// The suspended callers of one event loop. The loop owns them, so that it may be destroyed while
/// the queue still works for them. Only the gate may be used by other threads than the loop's own.
class CallerLoop final : public asio::execution_context::service {
 public:
  class Suspended {
   public:
    virtual ~Suspended() = default;
    /// The loop is being destroyed: destroy the coroutine.
    virtual void abandon() noexcept = 0;
  };
  using key_type = CallerLoop;
  using Position = std::list<std::shared_ptr<Suspended>>::iterator;
  static asio::execution_context::id id;

  explicit CallerLoop(asio::execution_context& context)
      : service(context), gate_(std::make_shared<Gate>()) {}

  [[nodiscard]] std::shared_ptr<Gate> gate() const { return gate_; }
  Position enter(std::shared_ptr<Suspended> caller) {
    return suspended_.insert(suspended_.end(), std::move(caller));
  }
  void leave(Position position) { suspended_.erase(position); }

 private:
  void shutdown() override;

  std::shared_ptr<Gate> gate_;
  std::list<std::shared_ptr<Suspended>> suspended_;
};

template <class T>
class Call final : public CallerLoop::Suspended, public std::enable_shared_from_this<Call<T>> {
 public:
  using Handler =
      typename asio::async_result<asio::use_awaitable_t<Executor>, void(Result<T>)>::handler_type;

  explicit Call(Handler handler)
      : executor_(handler.get_executor()),
        loop_(asio::use_service<CallerLoop>(executor_.context())),
        gate_(loop_.gate()),
        waiting_(std::in_place, std::move(handler), executor_) {}

  /// On the caller's loop, once: registers it there and listens for cancellation.
  void suspend() {
    position_ = loop_.enter(this->shared_from_this());
    auto slot = asio::get_associated_cancellation_slot(waiting_->handler);
    if (!slot.is_connected()) return;
    slot.assign([this](asio::cancellation_type) {  // Cleared before this Call is destroyed.
      cancelled_ = true;
      if (on_cancel_) on_cancel_();
    });
  }

  /// `action` runs on the caller's loop when the caller cancels its operation. The store must still
  /// answer the call.
  void on_cancel(std::function<void()> action) { on_cancel_ = std::move(action); }
  /// `action` undoes a success that came after the cancellation. It runs on the caller's loop, and
  /// the caller gets operation_canceled. Without an action the caller gets the success.
  void on_undelivered(std::function<void(Result<T>)> action) {
    on_undelivered_ = std::move(action);
  }

  /// From any thread, once. Resumes the caller on its loop; false if that loop is gone.
  bool answer(Result<T> result) {
    result_ = std::move(result);
    if (!gate_->enter()) return false;
    asio::post(executor_, [self = this->shared_from_this()] { self->deliver(); });
    gate_->leave();
    return true;
  }

  void abandon() noexcept override {
    asio::get_associated_cancellation_slot(waiting_->handler).clear();
    waiting_.reset();
  }

 private:
  struct Waiting {
    Waiting(Handler h, const Executor& executor) : handler(std::move(h)), work(executor) {}
    Handler handler;
    asio::executor_work_guard<Executor> work;  ///< Keeps the loop running meanwhile.
  };

  void deliver() {
    Waiting waiting = *std::move(waiting_);
    waiting_.reset();
    asio::get_associated_cancellation_slot(waiting.handler).clear();
    loop_.leave(position_);
    Result<T> result = *std::move(result_);
    if (cancelled_ && result && on_undelivered_) {
      on_undelivered_(std::move(result));
      result = fail(std::make_error_code(std::errc::operation_canceled), "queue call");
    }
    waiting.handler(std::move(result));
  }

  Executor executor_;
  CallerLoop& loop_;  ///< Valid while waiting_ is.
  std::shared_ptr<Gate> gate_;
  std::optional<Waiting> waiting_;
  CallerLoop::Position position_;
  std::optional<Result<T>> result_;
  std::function<void()> on_cancel_;
  std::function<void(Result<T>)> on_undelivered_;
  bool cancelled_ = false;
};

/// Suspends the awaiting coroutine. `begin(call)` starts the work, which answers the call.
template <class T, class Begin>
Task<Result<T>> suspend(Begin begin) {
  static constexpr asio::use_awaitable_t<Executor> kAwait{};
  auto initiate = [](auto handler, Begin start) {
    auto call = std::make_shared<Call<T>>(std::move(handler));
    call->suspend();
    start(std::move(call));
  };
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<T>)>(
      std::move(initiate), kAwait, std::move(begin));
}

}  // namespace evalx::queue
