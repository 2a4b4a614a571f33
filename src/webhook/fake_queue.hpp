#pragma once
// FakeQueue: for tests of the courier: callbacks that are due, their jobs, and what was settled.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/timer.hpp"
#include "queue/callbacks.hpp"
#include "queue/inbox.hpp"

namespace evalx::webhook {

class FakeQueue final : public queue::Callbacks, public queue::Inbox {
 public:
  using Kind = queue::CallbackEnd::Kind;
  struct Settled {
    std::string token;
    queue::CallbackEnd end;
  };

  explicit FakeQueue(const Executor& executor) : executor_(executor) {}

  // Set by tests. While a number of failures is not 0, the calls of that function are unavailable.
  unsigned take_fails = 0, find_fails = 0, settle_fails = 0;
  std::map<std::string, queue::Record> jobs;
  // Read by tests.
  std::vector<Settled> settled;
  unsigned takes = 0, finds = 0, settles = 0;  ///< Calls.
  bool is_waited_for = false;                  ///< A call of take_callbacks() waits.
  bool was_cancelled = false;

  /// A job has ended with this result.
  void end(const std::string& token, const std::string& target, const std::string& result,
           unsigned round = 1, unsigned attempt = 1) {
    queue::Record& job = jobs[token];
    job.token = token;
    job.state = queue::State::Done;
    job.result = result;
    due(token, target, round, attempt);
  }
  void due(const std::string& token, const std::string& target, unsigned round = 1,
           unsigned attempt = 1) {
    due_.push_back({{token, ++lease_}, round, attempt, target});
    if (waiting_ != nullptr) waiting_->cancel();
  }
  [[nodiscard]] const queue::CallbackEnd* end_of(const std::string& token) const {
    const auto found = std::find_if(settled.begin(), settled.end(),
                                    [&](const Settled& one) { return one.token == token; });
    return found == settled.end() ? nullptr : &found->end;
  }

  Task<Result<std::vector<queue::DueCallback>>> take_callbacks(std::size_t limit,
                                                               Milliseconds patience) override {
    ++takes;
    if (fails(take_fails)) co_return fail(queue::Errc::Unavailable, "take callbacks");
    if (due_.empty()) {
      Timer timer{executor_, patience};
      waiting_ = &timer;
      is_waited_for = true;
      co_await timer.async_wait(kAsResult);
      is_waited_for = false;
      waiting_ = nullptr;
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    was_cancelled = state.cancelled() != asio::cancellation_type::none;
    if (was_cancelled)
      co_return fail(std::make_error_code(std::errc::operation_canceled), "take callbacks");
    const auto count = static_cast<std::ptrdiff_t>(std::min(limit, due_.size()));
    std::vector<queue::DueCallback> taken{due_.begin(), due_.begin() + count};
    due_.erase(due_.begin(), due_.begin() + count);
    co_return taken;
  }

  Task<Result<>> settle_callback(queue::CallbackLease id, queue::CallbackEnd end) override {
    ++settles;
    if (fails(settle_fails)) co_return fail(queue::Errc::Unavailable, "settle callback");
    settled.push_back({id.token, std::move(end)});
    co_return Result<>{};
  }

  Task<Result<queue::Record>> find_state(std::string token) override {
    ++finds;
    if (fails(find_fails)) co_return fail(queue::Errc::Unavailable, "find");
    const auto found = jobs.find(token);
    if (found == jobs.end()) co_return fail(queue::Errc::NotFound, "find");
    co_return found->second;
  }

  // The courier calls none of these.
  Task<Result<queue::Accepted>> accept(queue::NewJob) override { return none<queue::Accepted>(); }
  Task<Result<std::vector<queue::Accepted>>> accept_all(std::vector<queue::NewJob>) override {
    return none<std::vector<queue::Accepted>>();
  }
  Task<Result<>> cancel(std::string, std::string) override { return none<void>(); }
  Task<Result<>> erase(std::string) override { return none<void>(); }
  Task<Result<>> withdraw_callback(std::string) override { return none<void>(); }
  Task<Result<queue::Record>> find(std::string) override { return none<queue::Record>(); }
  Task<Result<queue::Events>> events(std::string, queue::Place, Milliseconds) override {
    return none<queue::Events>();
  }
  Task<Result<bool>> wait_until_finished(std::string, Milliseconds) override {
    return none<bool>();
  }
  void end_waits() override { EVALX_ASSERT(false); }
  [[nodiscard]] const queue::Figures& figures() const override { return figures_; }

 private:
  template <class T>
  static Task<Result<T>> none() {
    EVALX_ASSERT(false);
    co_return fail(queue::Errc::Unavailable, "fake");
  }
  static bool fails(unsigned& left) {
    if (left == 0) return false;
    --left;
    return true;
  }

  Executor executor_;
  SystemClock clock_;
  queue::Figures figures_{0, clock_};
  std::vector<queue::DueCallback> due_;
  std::uint64_t lease_ = 0;
  Timer* waiting_ = nullptr;  ///< The timer of a call that waits.
};

}  // namespace evalx::webhook
