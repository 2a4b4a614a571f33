#include "queue/sqlite/sqlite_queue.hpp"

#include <cstdlib>

#include "base/log.hpp"
#include "queue/sqlite/checkpointing.hpp"
#include "queue/sqlite/reader.hpp"
#include "queue/sqlite/writer.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr Milliseconds kLongestPatience = std::chrono::hours{24};  // Keeps deadlines in range.

/// For a change whose caller only wants to know that it was made.
ChangeJob::Answer acknowledge(std::shared_ptr<Call<void>> call) {
  return [call = std::move(call)](const Result<State>& state) {
    if (state) {
      call->answer({});
    } else {
      call->answer(tl::make_unexpected(state.error()));
    }
  };
}

class SqliteQueue final : public Queue {
 public:
  SqliteQueue(std::shared_ptr<Writer> writer, std::unique_ptr<Reader> reader, const Clock& clock)
      : writer_(std::move(writer)), reader_(std::move(reader)), clock_(clock) {}

  ~SqliteQueue() override {
    reader_.reset();
    writer_->close();
  }

  Task<Result<Accepted>> accept(NewJob job) override {
    return suspend<Accepted>([this, job = std::move(job)](auto call) mutable {
      std::vector<NewJob> jobs;
      jobs.push_back(std::move(job));
      writer_->submit(std::make_unique<AcceptJobs>(
          std::move(jobs), [call = std::move(call)](Result<std::vector<Accepted>> accepted) {
            if (accepted) {
              call->answer(std::move(accepted->front()));
            } else {
              call->answer(tl::make_unexpected(std::move(accepted).error()));
            }
          }));
    });
  }

  Task<Result<std::vector<Accepted>>> accept_all(std::vector<NewJob> jobs) override {
    return suspend<std::vector<Accepted>>([this, jobs = std::move(jobs)](auto call) mutable {
      writer_->submit(std::make_unique<AcceptJobs>(
          std::move(jobs), [call = std::move(call)](Result<std::vector<Accepted>> accepted) {
            call->answer(std::move(accepted));
          }));
    });
  }

  Task<Result<std::optional<Leased>>> lease(Milliseconds patience) override {
    return suspend<std::optional<Leased>>([this, patience](auto call) {
      writer_->lease(std::min(patience, kLongestPatience), std::move(call));
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
      writer_->submit(std::make_unique<SaveCheckpoint>(
          std::move(id), std::move(part),
          [call = std::move(call)](Result<> saved) { call->answer(std::move(saved)); }));
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
          writer_->submit(std::make_unique<ChangeJob>(
              Retry{id.lease, random_bits()}, std::move(id.token), std::move(words),
              [call = std::move(call)](Result<State> state) { call->answer(std::move(state)); }));
        });
  }

  Task<Result<Record>> find(std::string token) override {
    return read(std::move(token), RecordTable::Parts::All);
  }
  Task<Result<Record>> find_state(std::string token) override {
    return read(std::move(token), RecordTable::Parts::State);
  }
  Task<Result<Listing>> list(ListFilter filter) override {
    return suspend<Listing>([this, filter = std::move(filter)](auto call) mutable {
      reader_->list(std::move(filter), clock_.wall_now(), std::move(call));
    });
  }

  void progress(const LeaseId& id, std::string kind, std::string data) override {
    writer_->progress(id, std::move(kind), std::move(data));
  }

  Task<Result<Events>> events(std::string token, std::uint64_t after_seq,
                              Milliseconds patience) override {
    return follow(std::move(token), after_seq, Streams::Until::NextEvent, patience);
  }

  Task<Result<bool>> wait_until_finished(std::string token, Milliseconds patience) override {
    const Result<Events> news = co_await follow(std::move(token), 0, Streams::Until::End, patience);
    if (!news) co_return tl::make_unexpected(news.error());
    co_return news->ended;
  }
  void end_waits() override { writer_->end_waits(); }

  void stopped(LeaseId) override {}  // Its store is as near as itself.
  void announce(std::string announcement) override { writer_->announce(std::move(announcement)); }
  Task<Result<LiveWorkers>> workers() override {
    return suspend<LiveWorkers>([this](auto call) { writer_->workers(std::move(call)); });
  }

  [[nodiscard]] const Figures& figures() const override { return writer_->figures(); }

 private:
  Task<Result<>> change(Change what, std::string token, Words words) {
    return suspend<void>(
        [this, what, token = std::move(token), words = std::move(words)](auto call) mutable {
          writer_->submit(std::make_unique<ChangeJob>(what, std::move(token), std::move(words),
                                                      acknowledge(std::move(call))));
        });
  }

  Task<Result<Record>> read(std::string token, RecordTable::Parts parts) {
    return suspend<Record>([this, token = std::move(token), parts](auto call) mutable {
      reader_->find(std::move(token), parts, std::move(call));
    });
  }

  Task<Result<Events>> follow(std::string token, std::uint64_t after_seq, Streams::Until until,
                              Milliseconds patience) {
    return suspend<Events>(
        [this, token = std::move(token), after_seq, until, patience](auto call) mutable {
          writer_->follow(std::move(token), after_seq, until, std::min(patience, kLongestPatience),
                          std::move(call));
        });
  }

  std::shared_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  const Clock& clock_;
};

std::string default_dead_result(const Record& record) {
  return R"({"cause":"worker_died","deaths":)" + std::to_string(record.deaths) + "}";
}

struct Store {
  std::unique_ptr<Database> database;
  std::unique_ptr<JobTable> table;
  Recovered recovered;
};

Result<Store> take_over(const DataDirectory& directory, const RecoveryRules& rules,
                        Clock::WallInstant now) {
  Store store;
  EVALX_TRY(store.database, Database::open_writer(directory.database()));
  EVALX_TRY(store.table, JobTable::prepare(*store.database));
  EVALX_TRY(store.recovered, recover(*store.database, *store.table, rules, now));
  return store;
}

}  // namespace

Result<std::unique_ptr<Queue>> open(Options options, const Clock& clock) {
  if (!options.dead_result) options.dead_result = default_dead_result;
  if (!options.expired_result) {
    options.expired_result = [](const Record&) { return R"({"cause":"expired"})"; };
  }
  if (!options.on_fatal) options.on_fatal = [](const Error&) { std::abort(); };
  EVALX_TRY(DataDirectory directory, DataDirectory::own(options.directory));
  const RecoveryRules rules{.rules = options.rules, .dead_result = std::move(options.dead_result)};
  Result<Store> taken = take_over(directory, rules, clock.wall_now());
  if (!taken && fault_of(taken.error()) == Fault::DiskFull) {
    directory.give_up_reserve();
    taken = take_over(directory, rules, clock.wall_now());
  }
  EVALX_TRY(Store store, std::move(taken));
  EVALX_TRY_VOID(directory.sync());
  EVALX_TRY(auto reader, Reader::start(directory.database()));
  log::info("queue opened", {{"directory", options.directory.string()},
                             {"epoch", store.recovered.epoch},
                             {"queued", store.recovered.queued.size()},
                             {"recovered", store.recovered.given_back},
                             {"dead", store.recovered.dead}});
  auto writer = std::make_shared<Writer>(
      std::move(directory), std::move(store.database), std::move(store.table), clock,
      WriterRules{options.capacity, options.rules, options.retention,
                  owner_name(store.recovered.epoch), std::move(options.expired_result),
                  std::move(options.on_fatal)});
  writer->start(store.recovered);
  return std::make_unique<SqliteQueue>(std::move(writer), std::move(reader), clock);
}

}  // namespace evalx::queue::sqlite
