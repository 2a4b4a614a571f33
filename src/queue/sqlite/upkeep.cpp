// Writer: faults, disk space, retention, the log, and the end.
#include "base/log.hpp"
#include "queue/sqlite/writer.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::chrono::seconds kUpkeepInterval{1};
constexpr int kSweptPerTransaction = 32;
constexpr int kLogPagesMax = 8192;  // 32 MiB: then a checkpoint is worth a pause.
constexpr int kLogPagesWhenIdle = 256;

}  // namespace

void Writer::note_fault(const Error& error) {
  if (broken_) return;
  figures_.healthy = false;
  const Fault fault = fault_of(error);
  if (fault == Fault::DiskFull) {
    if (!disk_low_) log::error("the disk is full, no new submissions", {{"cause", error.what}});
    return give_up_reserve();
  }
  log::error("the queue's store failed", {{"cause", error.what}, {"code", error.code.value()}});
  if (fault != Fault::Fatal) return;
  // What the last fsync left on the disk is unknown: only a fresh start may look at it.
  broken_ = true;
  rules_.on_fatal(error);
}

void Writer::note_success() {
  if (!disk_low_ && !broken_) figures_.healthy = true;
}

void Writer::give_up_reserve() {
  disk_low_ = true;
  directory_.give_up_reserve();
}

bool Writer::regain_reserve() {
  if (!directory_.keep_reserve()) return false;
  disk_low_ = false;
  log::info("the disk has room again");
  return true;
}

void Writer::upkeep() {
  if (closed_) return;
  deadlines_.add(std::chrono::steady_clock::now() + kUpkeepInterval, [this] { upkeep(); });
  arm();
  if (broken_) return;
  if (disk_low_) regain_reserve();
  if (!figures_.healthy && !disk_low_) probe();
  jobs_.streams().forget(clock_.now());
  if (!disk_low_ && pending_.empty() && database_->log_pages() > kLogPagesWhenIdle) {
    if (auto moved = database_->checkpoint(); !moved) note_fault(moved.error());
  }
  if (!sweep_posted_) sweep();
  grant();
}

void Writer::probe() {
  if (auto written = database_->probe(); !written) return note_fault(written.error());
  note_success();
}

void Writer::sweep() {
  sweep_posted_ = false;
  if (closed_ || broken_ || disk_low_) return;
  const Clock::WallInstant now = clock_.wall_now();
  const auto delete_some = [&]() -> Result<int> {
    EVALX_TRY(const bool due, table_->has_expired(now - rules_.retention, now));
    if (!due) return 0;
    EVALX_TRY_VOID(database_->begin(Database::Durability::Process));
    EVALX_TRY(const int gone, table_->sweep(now - rules_.retention, now, kSweptPerTransaction));
    EVALX_TRY_VOID(database_->commit());
    return gone;
  };
  const auto swept = delete_some();
  if (!swept) {
    database_->rollback();
    return note_fault(swept.error());
  }
  if (*swept == 0) return;
  sweep_posted_ = true;
  asio::post(loop_, [this] { sweep(); });  // In turns with what callers ask.
}

void Writer::checkpoint() {
  if (disk_low_ || database_->log_pages() < kLogPagesMax) return;
  if (auto moved = database_->checkpoint(); !moved) note_fault(moved.error());
}

void Writer::shut_down() {
  closed_ = true;
  const Error closing = unavailable("the queue is closing");
  for (auto& operation : pending_) operation->refuse(closing);
  pending_.clear();
  while (!lease_waiters_.empty()) {
    stop_waiting(lease_waiters_.begin()->first, tl::make_unexpected(closing));
  }
  for (auto& waiter : jobs_.streams().leave_all()) waiter.resume(tl::make_unexpected(closing));
  jobs_.stop_all();
  const auto mark = [&]() -> Result<> {
    EVALX_TRY_VOID(database_->begin(Database::Durability::Disk));
    EVALX_TRY_VOID(table_->mark_clean());
    EVALX_TRY_VOID(database_->commit());
    return database_->checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
  };
  if (!broken_) {
    Result<> marked = mark();
    if (!marked && fault_of(marked.error()) == Fault::DiskFull) {
      database_->rollback();
      give_up_reserve();  // A stop must not look like a crash for want of one page.
      marked = mark();
    }
    if (!marked) {
      database_->rollback();
      log::warning("the queue's shutdown is not clean", {{"cause", marked.error().what}});
    }
  }
  timer_.cancel();
  work_.reset();
}

void Writer::arm() {
  const auto next = deadlines_.next();
  if (closed_ || !next || *next >= armed_) return;
  armed_ = *next;
  timer_.expires_at(*next);
  timer_.async_wait([this](const boost::system::error_code& moved) {
    if (moved || closed_) return;
    armed_ = Clock::Instant::max();
    deadlines_.run_due(std::chrono::steady_clock::now());
    arm();
  });
}

}  // namespace evalx::queue::sqlite
