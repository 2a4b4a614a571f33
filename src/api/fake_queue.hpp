#pragma once
// FakeQueue: a queue in memory for tests. It records the requests, and returns instead of waiting.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "queue/inbox.hpp"

namespace evalx::api {

class FakeQueue final : public queue::Inbox {
 public:
  struct Job {
    queue::Record record;
    std::optional<queue::Idempotency> idempotency;
    std::vector<queue::Event> events;
    std::optional<Milliseconds> expires_after;
    std::optional<queue::CallbackRequest> callback;
    std::string life = "1";  ///< The life of its event stream.
    bool is_whole = true;
  };

  // Set by tests.
  std::optional<queue::Errc> accept_refuses;
  std::string accept_words = "accept";            ///< The text of that error.
  std::optional<queue::Errc> everything_refuses;  ///< The error of all other functions.
  SystemClock clock;
  queue::Figures counted{0, clock};
  /// Called with the token instead of waiting; a test makes the changes here that come during a
  /// wait.
  std::function<void(const std::string&)> meanwhile = [](const std::string&) {};
  std::set<std::string> evicted;
  // Read by tests.
  std::map<std::string, Job> jobs;
  std::vector<Milliseconds> waits;
  std::size_t ended_with_callback = 0;  ///< Cancelled jobs whose callback is then due.

  Job& add(const std::string& token, queue::State state) {
    Job& job = jobs[token];
    job.record.token = token;
    job.record.state = state;
    return job;
  }
  void finish(const std::string& token, queue::State state, std::string result) {
    queue::Record& record = jobs.at(token).record;
    record.state = state;
    record.result = std::move(result);
    add_event(token, "finished", "{}");
  }
  void add_event(const std::string& token, std::string kind, std::string data) {
    auto& events = jobs.at(token).events;
    events.push_back({events.size() + 1, std::move(kind), std::move(data)});
  }

  Task<Result<queue::Accepted>> accept(queue::NewJob job) override {
    if (accept_refuses) co_return fail(*accept_refuses, accept_words);
    if (job.idempotency) {
      for (const auto& [token, known] : jobs) {
        if (!known.idempotency || known.idempotency->key != job.idempotency->key) continue;
        if (known.idempotency->body_digest != job.idempotency->body_digest) {
          co_return fail(queue::Errc::IdempotencyConflict, "accept");
        }
        co_return queue::Accepted{token, true};
      }
    }
    Job& stored = add(job.token, queue::State::Queued);
    stored.record.spec = std::move(job.spec);
    stored.idempotency = std::move(job.idempotency);
    stored.expires_after = job.expires_after;
    stored.callback = std::move(job.callback);
    add_event(job.token, "queued", "{}");
    co_return queue::Accepted{job.token, false};
  }

  Task<Result<std::vector<queue::Accepted>>> accept_all(std::vector<queue::NewJob> batch) override {
    std::vector<queue::Accepted> all;
    for (queue::NewJob& job : batch) {
      auto accepted = co_await accept(std::move(job));
      if (!accepted) co_return tl::make_unexpected(accepted.error());
      all.push_back(std::move(*accepted));
    }
    co_return all;
  }

  Task<Result<>> cancel(std::string token, std::string result) override {
    Job* job = known(token);
    if (job == nullptr) co_return missing(token);
    if (queue::is_terminal(job->record.state)) co_return fail(queue::Errc::Finished, "cancel");
    if (job->callback) ++ended_with_callback;
    finish(token, queue::State::Cancelled, std::move(result));
    co_return Result<>{};
  }

  Task<Result<>> erase(std::string token) override {
    const Job* job = known(token);
    const bool is_there = job != nullptr && queue::is_terminal(job->record.state);
    if (evicted.erase(token) == 0 && !is_there) co_return missing(token);
    jobs.erase(token);
    co_return Result<>{};
  }

  Task<Result<>> withdraw_callback(std::string token) override {
    Job* job = known(token);
    if (job == nullptr || !job->callback) co_return missing(token);
    job->callback.reset();
    co_return Result<>{};
  }

  Task<Result<queue::Record>> find(std::string token) override {
    const Job* job = known(token);
    if (job == nullptr) co_return missing(token);
    co_return job->record;
  }
  Task<Result<queue::Record>> find_state(std::string token) override {
    const Job* job = known(token);
    if (job == nullptr) co_return missing(token);
    queue::Record record = job->record;
    record.spec.clear();
    co_return record;
  }

  Task<Result<queue::Events>> events(std::string token, queue::Place after,
                                     Milliseconds patience) override {
    waits.push_back(patience);
    if (patience > Milliseconds{0}) meanwhile(token);
    const Job* job = known(token);
    if (job == nullptr) co_return missing(token);
    queue::Events batch;
    batch.life = job->life;
    batch.is_whole = job->is_whole;
    batch.continues = after.life == job->life && after.seq <= job->events.size();
    for (const queue::Event& event : job->events) {
      if (!batch.continues || event.seq > after.seq) batch.events.push_back(event);
    }
    batch.ended = queue::is_terminal(job->record.state);
    co_return batch;
  }
  Task<Result<bool>> wait_until_finished(std::string token, Milliseconds patience) override {
    waits.push_back(patience);
    meanwhile(token);
    const Job* job = known(token);
    if (job == nullptr) co_return missing(token);
    co_return queue::is_terminal(job->record.state);
  }

  void end_waits() override {}

  [[nodiscard]] const queue::Figures& figures() const override { return counted; }

 private:
  Job* known(const std::string& token) {
    const auto found = jobs.find(token);
    return found == jobs.end() || everything_refuses ? nullptr : &found->second;
  }
  [[nodiscard]] tl::unexpected<Error> missing(const std::string& token) const {
    const auto why = evicted.contains(token) ? queue::Errc::Evicted : queue::Errc::NotFound;
    return fail(everything_refuses.value_or(why), "find");
  }
};

}  // namespace evalx::api
