#include "queue/sqlite/writer.hpp"

#include <algorithm>

#include "base/failpoint.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::size_t kBatchOperations = 256;
constexpr Bytes kBatchBytes = mebibytes(32);
constexpr std::size_t kWaitingAcceptsMax = 65'536;
constexpr Bytes kWaitingBytesMax = mebibytes(256);

}  // namespace

Writer::Writer(DataDirectory directory, std::unique_ptr<Database> database,
               std::unique_ptr<JobTable> table, const Clock& clock, WriterRules rules)
    : directory_(std::move(directory)),
      database_(std::move(database)),
      table_(std::move(table)),
      clock_(clock),
      rules_(std::move(rules)),
      figures_(rules_.capacity, clock),
      jobs_(clock, figures_),
      work_(loop_.get_executor()) {}

Writer::~Writer() {
  close();
}

void Writer::start(const Recovered& recovered) {
  const Clock::Instant now = clock_.now();
  const Clock::WallInstant wall = clock_.wall_now();
  for (const Recovered::Open& job : recovered.queued) {
    const auto waited = std::max(wall - job.accepted_at, Clock::WallInstant::duration::zero());
    const auto expires =
        job.expires_at
            ? now + std::chrono::duration_cast<Clock::Instant::duration>(*job.expires_at - wall)
            : Clock::Instant::max();
    jobs_.recovered({job.id, now - std::chrono::duration_cast<Clock::Instant::duration>(waited),
                     job.lane, expires});
  }
  figures_.recovered = recovered.given_back;
  figures_.dead = recovered.dead;
  jobs_.publish();
  disk_low_ = !directory_.keep_reserve();
  figures_.healthy = !disk_low_;
  asio::post(loop_, [this] { upkeep(); });
  thread_ = start_thread("queue-writer", [this] { loop_.run(); });
}

void Writer::close() {
  if (!thread_.joinable()) return;
  asio::post(loop_, [this] { shut_down(); });
  thread_.join();
}

void Writer::submit(std::unique_ptr<Operation> operation) {
  const Bytes size = operation->size();
  const std::size_t operations = waiting_operations_.fetch_add(1);
  const Bytes bytes{waiting_bytes_.fetch_add(size.count)};
  // Results are never turned away for want of room: leases bound their number.
  if (operation->kind() == Operation::Kind::Accept &&
      (operations >= kWaitingAcceptsMax || bytes + size > kWaitingBytesMax)) {
    --waiting_operations_;
    waiting_bytes_ -= size.count;
    return operation->refuse({make_error_code(Errc::Full), "accept: too many wait for the disk"});
  }
  asio::post(loop_, [this, moved = std::move(operation)]() mutable { enqueue(std::move(moved)); });
}

void Writer::enqueue(std::unique_ptr<Operation> operation) {
  pending_.push_back(std::move(operation));
  if (flush_posted_) return;
  flush_posted_ = true;
  // Behind all that arrived meanwhile, which thereby joins the same transaction.
  asio::post(loop_, [this] { flush(); });
}

Writer::Operations Writer::take_batch() {
  Operations batch;
  Bytes size;
  while (!pending_.empty() && batch.size() < kBatchOperations &&
         (batch.empty() || size + pending_.front()->size() <= kBatchBytes)) {
    size += pending_.front()->size();
    batch.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  waiting_operations_ -= batch.size();
  waiting_bytes_ -= size.count;
  return batch;
}

void Writer::flush() {
  flush_posted_ = false;
  Operations batch = take_batch();
  const Error stopped = unavailable(closed_ ? "the queue is closing" : "the queue's store failed");
  const Error low = unavailable("accept: the disk is full");
  if (closed_ || broken_) {
    for (auto& operation : batch) operation->refuse(stopped);
    batch.clear();
  } else if (disk_low_ && !regain_reserve()) {
    refuse_accepts(batch, low);
  }
  Result<> stored = transact(batch);
  if (!stored && fault_of(stored.error()) == Fault::DiskFull) {
    note_fault(stored.error());
    refuse_accepts(batch, low);
    stored = transact(batch);  // In the room that the reserve gave up.
  }
  if (stored) {
    settle(batch);
  } else {
    note_fault(stored.error());
    const Error why = unavailable(stored.error().what);
    for (auto& operation : batch) operation->refuse(why);
  }
  if (!pending_.empty() && !flush_posted_) {
    flush_posted_ = true;
    asio::post(loop_, [this] { flush(); });
  }
}

Result<> Writer::transact(Operations& batch) {
  if (batch.empty()) return {};
  Batch context{.now = clock_.wall_now(),
                .instant = std::chrono::duration_cast<StoreTime>(clock_.now().time_since_epoch()),
                .queued = jobs_.backlog().size(),
                .capacity = rules_.capacity,
                .rules = rules_.rules,
                .owner = rules_.owner};
  EVALX_TRY_VOID(database_->begin(Database::Durability::Disk));
  for (auto& operation : batch) {
    if (auto done = operation->run(*table_, context); !done) {
      database_->rollback();
      return done;
    }
    failpoint("store.mid_group_commit");
  }
  return database_->commit();
}

void Writer::refuse_accepts(Operations& batch, const Error& why) {
  const auto accepts = std::stable_partition(batch.begin(), batch.end(), [](const auto& operation) {
    return operation->kind() == Operation::Kind::Publish;
  });
  for (auto operation = accepts; operation != batch.end(); ++operation) (*operation)->refuse(why);
  batch.erase(accepts, batch.end());
}

void Writer::settle(Operations& batch) {
  if (batch.empty()) return;
  failpoint("store.after_commit_before_notify");
  for (auto& operation : batch) operation->settle(jobs_);
  jobs_.publish();
  note_success();
  // A client that hears of an end finds it counted: the worker knows before it.
  for (auto& operation : batch) operation->answer();
  jobs_.tell_ended();
  grant();
  wake_when_due();
  checkpoint();
}

}  // namespace evalx::queue::sqlite
