#pragma once
// FakeQueue: a queue of scripted jobs for the worker's tests; it records the outcome of each.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/wakeup.hpp"
#include "queue/work.hpp"

namespace evalx::worker {

class FakeQueue final : public queue::Work {
 public:
  explicit FakeQueue(const Executor& executor) : save_gate(executor), executor_(executor) {
    save_gate.set();
  }

  /// Adds a job. The returned source cancels it, as a client or a lost lease would.
  std::stop_source add(std::string token, std::string spec,
                       std::vector<std::string> checkpoint = {}, bool has_events = true) {
    std::stop_source cancel;
    queue::Leased leased;
    leased.id = {std::move(token), ++last_lease_};
    leased.attempt = 2;
    leased.spec = std::move(spec);
    leased.waited = Microseconds{1500};
    leased.checkpoint = std::move(checkpoint);
    leased.has_events = has_events;
    leased.cancelled = cancel.get_token();
    jobs_.push_back(std::move(leased));
    wake();
    return cancel;
  }
  /// Ends the wait of every present and later lease(), as if its patience were over.
  void end_patience() {
    impatient_ = true;
    wake();
  }

  Task<Result<std::optional<queue::Leased>>> lease(Milliseconds) override {
    ++leasing;
    most_leasing = std::max(most_leasing, leasing);
    while (jobs_.empty() && !impatient_ && !lease_failure) {
      Wakeup wakeup{executor_};
      waiting_.push_back(wakeup);
      std::stop_token never;
      co_await wakeup.wait(std::move(never));
    }
    --leasing;
    // Even an empty answer is posted: a caller that asks in a loop must not starve the event loop.
    co_await asio::post(executor_, kAsResult);
    if (lease_failure) co_return tl::make_unexpected(*std::exchange(lease_failure, std::nullopt));
    if (jobs_.empty()) co_return std::nullopt;
    std::optional<queue::Leased> first = std::move(jobs_.front());
    jobs_.pop_front();
    co_return first;
  }

  Task<Result<>> complete(queue::LeaseId id, std::string result) override {
    if (auto failure = next_failure()) co_return tl::make_unexpected(*std::move(failure));
    results[id.token] = std::move(result);
    co_return Result<>{};
  }
  Task<Result<>> release(queue::LeaseId id) override {
    if (auto failure = next_failure()) co_return tl::make_unexpected(*std::move(failure));
    released.push_back(id.token);
    co_return Result<>{};
  }
  Task<Result<queue::State>> retry(queue::LeaseId id, std::string cause,
                                   std::string final_result) override {
    if (auto failure = next_failure()) co_return tl::make_unexpected(*std::move(failure));
    retried.emplace_back(id.token, std::move(cause));
    results[id.token] = std::move(final_result);
    co_return state_after_retry;
  }
  Task<Result<>> reject(queue::LeaseId id, std::string cause, std::string final_result) override {
    if (auto failure = next_failure()) co_return tl::make_unexpected(*std::move(failure));
    rejected.emplace_back(id.token, std::move(cause));
    results[id.token] = std::move(final_result);
    co_return Result<>{};
  }
  Task<Result<>> checkpoint(queue::LeaseId, std::string part) override {
    ++saves_under_way;
    most_saves_under_way = std::max(most_saves_under_way, saves_under_way);
    checkpoints.push_back(std::move(part));
    std::stop_token never;
    Wakeup gate = save_gate;
    co_await gate.wait(std::move(never));
    --saves_under_way;
    if (save_failures.empty()) co_return Result<>{};
    Error first = std::move(save_failures.front());
    save_failures.pop_front();
    co_return tl::make_unexpected(std::move(first));
  }
  void progress(const queue::LeaseId& id, std::string kind, std::string data) override {
    sent.push_back(id.token + " " + kind);
    last_sent_data = std::move(data);
  }

  void stopped(queue::LeaseId) override {
    if (on_stopped) on_stopped();
  }
  void announce(std::string) override {}
  void end_soon() override { ends_soon = true; }

  bool ends_soon = false;
  std::size_t leasing = 0;
  std::size_t most_leasing = 0;
  std::map<std::string, std::string> results;
  std::vector<std::string> released;
  std::function<void()> on_stopped;
  std::vector<std::pair<std::string, std::string>> retried;   ///< Token and cause.
  std::vector<std::pair<std::string, std::string>> rejected;  ///< Token and cause.
  queue::State state_after_retry = queue::State::Queued;
  std::vector<std::string> sent;  ///< "token kind".
  std::string last_sent_data;
  std::optional<Error> lease_failure;
  std::vector<std::string> checkpoints;  ///< The parts of all calls, in order.
  Wakeup save_gate;                      ///< A save ends once it is set; set at first.
  std::deque<Error> save_failures;       ///< Errors of the next saves.
  std::size_t saves_under_way = 0;
  std::size_t most_saves_under_way = 0;
  std::deque<Error> failures;  ///< Errors of the next complete(), retry(), reject(), release().

 private:
  std::optional<Error> next_failure() {
    if (failures.empty()) return std::nullopt;
    Error first = std::move(failures.front());
    failures.pop_front();
    return first;
  }
  void wake() {
    for (Wakeup& waiter : std::exchange(waiting_, {})) waiter.set();
  }

  Executor executor_;
  std::deque<queue::Leased> jobs_;
  std::vector<Wakeup> waiting_;
  std::uint64_t last_lease_ = 0;
  bool impatient_ = false;
};

}  // namespace evalx::worker
