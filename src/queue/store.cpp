#include "queue/store.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "queue/content.hpp"
#include "queue/packed.hpp"
#include "queue/thread.hpp"
#include "queue/verify.hpp"

namespace evalx::queue {
namespace {

constexpr Milliseconds kLongestPatience = std::chrono::hours{24};  // Keeps deadlines in range.

/// Opens the parts of a checkpoint, and drops the damaged ones: their tests run again. Each part
/// names its program, so that it needs no other part.
void open_parts(Leased& leased) {
  std::vector<std::string> sound;
  for (std::string& part : leased.checkpoint) {
    auto text = unsealed(std::move(part));
    if (text) text = unpacked(*std::move(text));
    if (text) sound.push_back(*std::move(text));
  }
  const std::size_t damaged = leased.checkpoint.size() - sound.size();
  leased.checkpoint = std::move(sound);
  if (damaged == 0) return;
  log::warning("a part of a checkpoint is damaged: its tests run again",
               {{"job", leased.id.token}, {"parts", damaged}});
}

/// Turns each coroutine of Queue into a call of the store, which resumes the coroutine.
class StoredQueue final : public Queue {
 public:
  explicit StoredQueue(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  ~StoredQueue() override { store_->close(); }

  Task<Result<Accepted>> accept(NewJob job) override {
    std::vector<NewJob> jobs;
    jobs.push_back(std::move(job));
    auto accepted = co_await accept_all(std::move(jobs));
    if (!accepted) co_return tl::make_unexpected(std::move(accepted).error());
    co_return std::move(accepted->front());
  }
  Task<Result<std::vector<Accepted>>> accept_all(std::vector<NewJob> jobs) override {
    return suspend<std::vector<Accepted>>([this, jobs = std::move(jobs)](auto call) mutable {
      store_->accept(std::move(jobs), std::move(call));
    });
  }
  Task<Result<>> cancel(std::string token, std::string result) override {
    return change(Cancel{}, std::move(token), {packed(std::move(result)), {}});
  }
  Task<Result<>> erase(std::string token) override {
    return suspend<void>([this, token = std::move(token)](auto call) mutable {
      store_->erase(std::move(token), std::move(call));
    });
  }
  Task<Result<Record>> find(std::string token) override {
    return read(std::move(token), Store::Parts::All);
  }
  Task<Result<Record>> find_state(std::string token) override {
    return read(std::move(token), Store::Parts::State);
  }
  Task<Result<Events>> events(std::string token, Place after, Milliseconds patience) override {
    return follow(std::move(token), std::move(after), Store::Until::NextEvent, patience);
  }
  Task<Result<bool>> wait_until_finished(std::string token, Milliseconds patience) override {
    Place anywhere;
    const Result<Events> news =
        co_await follow(std::move(token), std::move(anywhere), Store::Until::End, patience);
    if (!news) co_return tl::make_unexpected(news.error());
    co_return news->ended;
  }
  void end_waits() override { store_->end_waits(); }

  Task<Result<std::optional<Leased>>> lease(Milliseconds patience) override {
    while (true) {
      auto leased = co_await lease_any(patience);
      if (!leased || !*leased) co_return leased;
      if (is_intact((*leased)->spec, (*leased)->spec_digest)) {
        open_parts(**leased);
        co_return leased;
      }
      std::string token = (*leased)->id.token;
      log::error("a stored submission is damaged", {{"job", token}});
      Change condemn = Condemn{};
      Words words{damaged_json("submission"), "the stored submission is damaged"};
      const auto ended = co_await change(condemn, std::move(token), std::move(words));
      if (!ended) co_return tl::make_unexpected(ended.error());
    }
  }
  Task<Result<>> complete(LeaseId id, std::string result) override {
    return change(Complete{id.lease}, std::move(id.token), {packed(std::move(result)), {}});
  }
  Task<Result<>> release(LeaseId id) override {
    return change(Release{id.lease}, std::move(id.token), {});
  }
  void stopped(LeaseId id) override { store_->stopped(std::move(id)); }
  Task<Result<State>> retry(LeaseId id, std::string cause, std::string final_result) override {
    cause = bounded_cause(std::move(cause));
    return suspend<State>(
        [this, id = std::move(id),
         words = Words{packed(std::move(final_result)), std::move(cause)}](auto call) mutable {
          store_->change(std::move(id.token), Retry{id.lease, random_bits()}, std::move(words),
                         [call](Result<State> state) { call->answer(std::move(state)); });
        });
  }
  Task<Result<>> reject(LeaseId id, std::string cause, std::string final_result) override {
    return change(Reject{id.lease}, std::move(id.token),
                  {packed(std::move(final_result)), std::move(cause)});
  }
  Task<Result<>> checkpoint(LeaseId id, std::string part) override {
    part = sealed(packed(std::move(part)));
    return suspend<void>([this, id = std::move(id), part = std::move(part)](auto call) mutable {
      store_->checkpoint(std::move(id), std::move(part), std::move(call));
    });
  }
  void progress(const LeaseId& id, std::string kind, std::string data) override {
    store_->progress(id, std::move(kind), std::move(data));
  }
  void announce(std::string announcement) override {
    if (announcement.empty() || announcement.size() > kAnnouncementBytesMax) return;
    store_->announce(std::move(announcement));
  }
  void end_soon() override { store_->end_soon(); }

  Task<Result<Listing>> list(ListFilter filter) override {
    return suspend<Listing>([this, filter = std::move(filter)](auto call) mutable {
      store_->list(std::move(filter), std::move(call));
    });
  }
  Task<Result<>> redrive(std::string token) override {
    return change(Redrive{}, std::move(token), {});
  }
  Task<Result<LiveWorkers>> workers() override {
    return suspend<LiveWorkers>([this](auto call) { store_->workers(std::move(call)); });
  }

  Task<Result<std::vector<DueCallback>>> take_callbacks(std::size_t limit,
                                                        Milliseconds patience) override {
    return suspend<std::vector<DueCallback>>([this, limit, patience](auto call) {
      store_->take_callbacks(std::clamp<std::size_t>(limit, 1, kCallbacksTakenMax),
                             std::min(patience, kLongestPatience), std::move(call));
    });
  }
  Task<Result<>> settle_callback(CallbackLease id, CallbackEnd end) override {
    end.words = bounded_cause(std::move(end.words));
    return suspend<void>([this, id = std::move(id), end = std::move(end)](auto call) mutable {
      store_->settle_callback(std::move(id), std::move(end), std::move(call));
    });
  }
  Task<Result<CallbackListing>> list_callbacks(CallbackFilter filter) override {
    return suspend<CallbackListing>([this, filter = std::move(filter)](auto call) mutable {
      store_->list_callbacks(std::move(filter), std::move(call));
    });
  }
  Task<Result<ListedCallback>> find_callback(std::string token) override {
    return suspend<ListedCallback>([this, token = std::move(token)](auto call) mutable {
      store_->find_callback(std::move(token), std::move(call));
    });
  }
  Task<Result<>> withdraw_callback(std::string token) override {
    return suspend<void>([this, token = std::move(token)](auto call) mutable {
      store_->withdraw_callback(std::move(token), std::move(call));
    });
  }
  Task<Result<>> resend_callback(std::string token) override {
    return suspend<void>([this, token = std::move(token)](auto call) mutable {
      store_->resend_callback(std::move(token), std::move(call));
    });
  }
  [[nodiscard]] const Figures& figures() const override { return store_->figures(); }

 private:
  /// For a caller that only needs to know whether the change was made.
  Task<Result<>> change(Change what, std::string token, Words words) {
    return suspend<void>([this, what, token = std::move(token),
                          words = std::move(words)](auto call) mutable {
      store_->change(std::move(token), what, std::move(words), [call](const Result<State>& state) {
        if (state) {
          call->answer({});
        } else {
          call->answer(tl::make_unexpected(state.error()));
        }
      });
    });
  }
  Task<Result<std::optional<Leased>>> lease_any(Milliseconds patience) {
    return suspend<std::optional<Leased>>([this, patience](auto call) {
      store_->lease(std::min(patience, kLongestPatience), std::move(call));
    });
  }
  Task<Result<Record>> read(std::string token, Store::Parts parts) {
    auto record = co_await read_any(std::move(token), parts);
    if (record) verify(*record);
    co_return record;
  }
  Task<Result<Record>> read_any(std::string token, Store::Parts parts) {
    return suspend<Record>([this, token = std::move(token), parts](auto call) mutable {
      store_->find(std::move(token), parts, std::move(call));
    });
  }
  Task<Result<Events>> follow(std::string token, Place after, Store::Until until,
                              Milliseconds patience) {
    return suspend<Events>([this, token = std::move(token), after = std::move(after), until,
                            patience](auto call) mutable {
      store_->follow(std::move(token), std::move(after), until,
                     std::min(patience, kLongestPatience), std::move(call));
    });
  }

  std::shared_ptr<Store> store_;
};

}  // namespace

void StoreOptions::fill_defaults() {
  if (!dead_result) {
    dead_result = [](const Record& record) {
      return R"({"cause":"worker_died","deaths":)" + std::to_string(record.deaths) + "}";
    };
  }
  if (!expired_result) {
    expired_result = [](const Record&) { return R"({"cause":"expired"})"; };
  }
}

std::unique_ptr<Queue> queue_on(std::shared_ptr<Store> store) {
  return std::make_unique<StoredQueue>(std::move(store));
}

}  // namespace evalx::queue
