#include "queue/redis/redis_queue.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "queue/redis/hub.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::redis {
namespace {

constexpr Milliseconds kLongestPatience = std::chrono::hours{24};  // Keeps deadlines in range.

class RedisQueue final : public Queue {
 public:
  explicit RedisQueue(std::shared_ptr<Hub> hub) : hub_(std::move(hub)) {}
  ~RedisQueue() override { hub_->close(); }

  Task<Result<Accepted>> accept(NewJob job) override {
    std::vector<NewJob> jobs;
    jobs.push_back(std::move(job));
    auto accepted = co_await accept_all(std::move(jobs));
    if (!accepted) co_return tl::make_unexpected(std::move(accepted).error());
    co_return std::move(accepted->front());
  }

  Task<Result<std::vector<Accepted>>> accept_all(std::vector<NewJob> jobs) override {
    return suspend<std::vector<Accepted>>([this, jobs = std::move(jobs)](auto call) mutable {
      hub_->accept(std::move(jobs), std::move(call));
    });
  }

  Task<Result<std::optional<Leased>>> lease(Milliseconds patience) override {
    return suspend<std::optional<Leased>>([this, patience](auto call) {
      hub_->lease(std::min(patience, kLongestPatience), std::move(call));
    });
  }

  Task<Result<>> complete(LeaseId id, std::string result) override {
    return change(Complete{id.lease}, std::move(id.token), {std::move(result), {}});
  }
  Task<Result<>> release(LeaseId id) override {
    return change(Release{id.lease}, std::move(id.token), {});
  }
  Task<Result<>> reject(LeaseId id, std::string cause, std::string final_result) override {
    return change(Reject{id.lease}, std::move(id.token),
                  {std::move(final_result), std::move(cause)});
  }
  Task<Result<>> checkpoint(LeaseId id, std::string part) override {
    return suspend<void>([this, id = std::move(id), part = std::move(part)](auto call) mutable {
      hub_->checkpoint(std::move(id), std::move(part), std::move(call));
    });
  }
  Task<Result<>> cancel(std::string token, std::string result) override {
    return change(Cancel{}, std::move(token), {std::move(result), {}});
  }
  Task<Result<>> redrive(std::string token) override {
    return change(Redrive{}, std::move(token), {});
  }

  Task<Result<State>> retry(LeaseId id, std::string cause, std::string final_result) override {
    cause = bounded_cause(std::move(cause));
    log::warning("a job is to be retried", {{"token", id.token}, {"cause", cause}});
    return suspend<State>(
        [this, id = std::move(id),
         words = Words{std::move(final_result), std::move(cause)}](auto call) mutable {
          hub_->change(std::move(id.token), Retry{id.lease, random_bits()}, std::move(words),
                       [call](Result<State> state) { call->answer(std::move(state)); });
        });
  }

  Task<Result<Record>> find(std::string token) override {
    return read(std::move(token), Hub::Parts::All);
  }
  Task<Result<Record>> find_state(std::string token) override {
    return read(std::move(token), Hub::Parts::State);
  }
  Task<Result<Listing>> list(ListFilter filter) override {
    return suspend<Listing>([this, filter = std::move(filter)](auto call) mutable {
      hub_->list(std::move(filter), std::move(call));
    });
  }

  void progress(const LeaseId& id, std::string kind, std::string data) override {
    hub_->progress(id, std::move(kind), std::move(data));
  }

  Task<Result<Events>> events(std::string token, std::uint64_t after_seq,
                              Milliseconds patience) override {
    return follow(std::move(token), after_seq, Hub::Until::NextEvent, patience);
  }

  Task<Result<bool>> wait_until_finished(std::string token, Milliseconds patience) override {
    const Result<Events> news = co_await follow(std::move(token), 0, Hub::Until::End, patience);
    if (!news) co_return tl::make_unexpected(news.error());
    co_return news->ended;
  }
  void end_waits() override { hub_->end_waits(); }

  void stopped(LeaseId id) override { hub_->stopped(std::move(id)); }
  void announce(std::string announcement) override { hub_->announce(std::move(announcement)); }
  Task<Result<LiveWorkers>> workers() override {
    return suspend<LiveWorkers>([this](auto call) { hub_->workers(std::move(call)); });
  }

  [[nodiscard]] const Figures& figures() const override { return hub_->figures(); }

 private:
  Task<Result<>> change(Change what, std::string token, Words words) {
    return suspend<void>([this, what, token = std::move(token),
                          words = std::move(words)](auto call) mutable {
      hub_->change(std::move(token), what, std::move(words), [call](const Result<State>& state) {
        if (state) {
          call->answer({});
        } else {
          call->answer(tl::make_unexpected(state.error()));
        }
      });
    });
  }

  Task<Result<Record>> read(std::string token, Hub::Parts parts) {
    return suspend<Record>([this, token = std::move(token), parts](auto call) mutable {
      hub_->find(std::move(token), parts, std::move(call));
    });
  }

  Task<Result<Events>> follow(std::string token, std::uint64_t after_seq, Hub::Until until,
                              Milliseconds patience) {
    return suspend<Events>(
        [this, token = std::move(token), after_seq, until, patience](auto call) mutable {
          hub_->follow(std::move(token), after_seq, until, std::min(patience, kLongestPatience),
                       std::move(call));
        });
  }

  std::shared_ptr<Hub> hub_;
};

std::string default_dead_result(const Record& record) {
  return R"({"cause":"worker_died","deaths":)" + std::to_string(record.deaths) + "}";
}

}  // namespace

Result<std::unique_ptr<Queue>> open(Options options) {
  if (!options.dead_result) options.dead_result = default_dead_result;
  if (!options.expired_result) {
    options.expired_result = [](const Record&) { return R"({"cause":"expired"})"; };
  }
  EVALX_TRY_VOID(check_server(options.address, options.durability));
  HubRules rules;
  rules.address = std::move(options.address);
  rules.prefix = std::move(options.prefix);
  rules.capacity = options.capacity;
  rules.rules = options.rules;
  rules.retention = options.retention;
  rules.lease = options.lease;
  rules.dead_result = std::move(options.dead_result);
  rules.expired_result = std::move(options.expired_result);
  log::info("queue opened", {{"redis", rules.address.shown()}});
  auto hub = std::make_shared<Hub>(std::move(rules));
  EVALX_TRY_VOID(hub->start());
  return std::make_unique<RedisQueue>(std::move(hub));
}

}  // namespace evalx::queue::redis
