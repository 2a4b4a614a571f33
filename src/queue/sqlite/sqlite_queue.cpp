#include "queue/sqlite/sqlite_queue.hpp"

#include <cstdlib>

#include "base/log.hpp"
#include "queue/sqlite/callback_operations.hpp"
#include "queue/sqlite/checkpointing.hpp"
#include "queue/sqlite/erasing.hpp"
#include "queue/sqlite/reader.hpp"
#include "queue/sqlite/writer.hpp"

namespace evalx::queue::sqlite {
namespace {

/// Changes go to the writer's thread, finds and lists to the reader's.
class SqliteStore final : public Store {
 public:
  SqliteStore(std::shared_ptr<Writer> writer, std::unique_ptr<Reader> reader, const Clock& clock)
      : writer_(std::move(writer)), reader_(std::move(reader)), clock_(clock) {}

  void close() override {
    reader_.reset();
    writer_->close();
  }

  void accept(std::vector<NewJob> jobs,
              std::shared_ptr<Call<std::vector<Accepted>>> call) override {
    writer_->submit(std::make_unique<AcceptJobs>(
        std::move(jobs), [call = std::move(call)](Result<std::vector<Accepted>> accepted) {
          call->answer(std::move(accepted));
        }));
  }
  void change(std::string token, Change change, Words words, Changed changed) override {
    writer_->submit(std::make_unique<ChangeJob>(change, std::move(token), std::move(words),
                                                std::move(changed)));
  }
  void erase(std::string token, std::shared_ptr<Call<void>> call) override {
    writer_->submit(std::make_unique<EraseJob>(
        std::move(token),
        [call = std::move(call)](Result<> erased) { call->answer(std::move(erased)); }));
  }
  void checkpoint(LeaseId id, std::string part, std::shared_ptr<Call<void>> call) override {
    writer_->submit(std::make_unique<SaveCheckpoint>(
        std::move(id), std::move(part),
        [call = std::move(call)](Result<> saved) { call->answer(std::move(saved)); }));
  }
  void lease(Milliseconds patience, LeaseCall call) override {
    writer_->lease(patience, std::move(call));
  }
  void stopped(LeaseId) override {}  // This store is never out of reach.
  void find(std::string token, Parts parts, std::shared_ptr<Call<Record>> call) override {
    reader_->find(std::move(token), parts, std::move(call));
  }
  void list(ListFilter filter, std::shared_ptr<Call<Listing>> call) override {
    reader_->list(std::move(filter), clock_.wall_now(), std::move(call));
  }
  void progress(LeaseId id, std::string kind, std::string data) override {
    writer_->progress(std::move(id), std::move(kind), std::move(data));
  }
  void follow(std::string token, Place after, Until until, Milliseconds patience,
              std::shared_ptr<Call<Events>> call) override {
    writer_->follow(std::move(token), std::move(after), until, patience, std::move(call));
  }
  void end_waits() override { writer_->end_waits(); }
  void announce(std::string announcement) override { writer_->announce(std::move(announcement)); }
  void end_soon() override { writer_->end_soon(); }
  void workers(std::shared_ptr<Call<LiveWorkers>> call) override {
    writer_->workers(std::move(call));
  }
  void take_callbacks(std::size_t limit, Milliseconds patience, CallbacksCall call) override {
    writer_->take_callbacks(limit, patience, std::move(call));
  }
  void settle_callback(CallbackLease id, CallbackEnd end,
                       std::shared_ptr<Call<void>> call) override {
    writer_->settle_callback(
        std::move(id), std::move(end),
        [call = std::move(call)](Result<> settled) { call->answer(std::move(settled)); });
  }
  void list_callbacks(CallbackFilter filter, std::shared_ptr<Call<CallbackListing>> call) override {
    reader_->list_callbacks(std::move(filter), clock_.wall_now(), std::move(call));
  }
  void find_callback(std::string token, std::shared_ptr<Call<ListedCallback>> call) override {
    reader_->find_callback(std::move(token), std::move(call));
  }
  void withdraw_callback(std::string token, std::shared_ptr<Call<void>> call) override {
    writer_->submit(std::make_unique<WithdrawCallback>(
        std::move(token),
        [call = std::move(call)](Result<> withdrawn) { call->answer(std::move(withdrawn)); }));
  }
  void resend_callback(std::string token, std::shared_ptr<Call<void>> call) override {
    writer_->submit(std::make_unique<ChangeCallback>(
        std::move(token), after_resend, std::nullopt, Errc::NotFound,
        [call = std::move(call)](Result<> sent) { call->answer(std::move(sent)); }));
  }
  [[nodiscard]] const Figures& figures() const override { return writer_->figures(); }

 private:
  std::shared_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  const Clock& clock_;
};

Result<> take_over(OwnedStore& store, const RecoveryRules& rules, Clock::WallInstant now) {
  store.table.reset();
  EVALX_TRY(store.database, Database::open_writer(store.directory.database()));
  EVALX_TRY(store.table, JobTable::prepare(*store.database));
  EVALX_TRY(store.recovered, recover(*store.database, *store.table, rules, now));
  return {};
}

}  // namespace

Result<std::unique_ptr<Queue>> open(Options options, const Clock& clock) {
  options.fill_defaults();
  if (!options.on_fatal) options.on_fatal = [](const Error&) { std::abort(); };
  EVALX_TRY(DataDirectory directory, DataDirectory::own(options.directory));
  Tally tally{directory.path() / Tally::kFile};
  const RecoveryRules rules{
      .rules = options.rules, .dead_result = options.dead_result, .tally = tally.found()};
  OwnedStore store{std::move(directory), std::move(tally), {}, {}, {}};
  Result<> taken = take_over(store, rules, clock.wall_now());
  if (!taken && fault_of(taken.error()) == Fault::DiskFull) {
    store.directory.give_up_reserve();
    taken = take_over(store, rules, clock.wall_now());
  }
  EVALX_TRY_VOID(std::move(taken));
  EVALX_TRY_VOID(store.directory.sync());
  EVALX_TRY(auto reader, Reader::start(store.directory.database(), options.stepper));
  const Recovered recovered = store.recovered;
  log::info("queue opened", {{"directory", options.directory.string()},
                             {"epoch", recovered.epoch},
                             {"queued", recovered.queued.size()},
                             {"recovered", recovered.given_back},
                             {"dead", recovered.dead}});
  if (recovered.vanished > 0) {
    log::error("the queue's database has lost accepted jobs", {{"jobs", recovered.vanished}});
  }
  auto writer = std::make_shared<Writer>(std::move(store), clock, std::move(options));
  writer->start(recovered);
  return queue_on(std::make_shared<SqliteStore>(std::move(writer), std::move(reader), clock));
}

}  // namespace evalx::queue::sqlite
