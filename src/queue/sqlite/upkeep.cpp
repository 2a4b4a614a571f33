// Writer: regular tasks (disk space, retention, the log) and the shutdown.
#include <algorithm>

#include "base/log.hpp"
#include "queue/sqlite/writer.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::chrono::seconds kUpkeepInterval{1};
constexpr int kSweptPerTransaction = 32;
constexpr int kLogPagesMax = 8192;  // 32 MiB: worth the pause of a checkpoint.
constexpr int kLogPagesWhenIdle = 256;

}  // namespace

void Writer::upkeep() {
  if (closed_) return;
  thread_.after(kUpkeepInterval, [this] { upkeep(); });
  if (health_.is_broken()) return;
  if (health_.is_disk_low()) health_.regain_reserve();
  if (!figures_.healthy && !health_.is_disk_low()) probe();
  jobs_.streams().forget(clock_.now());
  if (!health_.is_disk_low() && intake_.empty() && database_->log_pages() > kLogPagesWhenIdle) {
    if (auto moved = database_->checkpoint(); !moved) health_.note_fault(moved.error());
  }
  if (!sweep_posted_) sweep();
  evictions_left_ = kEvictedPerSecond;
  if (!evict_posted_) evict();
  grants_.grant();
  callback_calls_.serve();
}

void Writer::probe() {
  if (auto written = database_->probe(); !written) return health_.note_fault(written.error());
  health_.note_success();
}

void Writer::sweep() {
  sweep_posted_ = false;
  const auto now = retention_.date();
  if (!now || !is_open() || health_.is_disk_low()) return;
  const auto delete_some = [&]() -> Result<int> {
    EVALX_TRY(const bool due, table_->has_expired(*now - options_.retention, *now));
    if (!due) return 0;
    EVALX_TRY(const std::int64_t stored, table_->stored_at_most());
    const int allowed = std::min(retention_.allowance(stored), kSweptPerTransaction);
    if (allowed == 0) return 0;
    EVALX_TRY_VOID(database_->begin(Database::Durability::Process));
    EVALX_TRY(const int gone, table_->sweep(*now - options_.retention, *now, allowed));
    EVALX_TRY_VOID(database_->commit());
    return gone;
  };
  const auto swept = delete_some();
  if (!swept) {
    roll_back();
    return health_.note_fault(swept.error());
  }
  note_callbacks();
  retention_.note_deleted(*swept);
  if (*swept == 0) return;
  sweep_posted_ = true;
  thread_.post([this] { sweep(); });  // Callers' operations take turns with it.
}

Result<int> Writer::evict_some() {
  EVALX_TRY(figures_.result_bytes, table_->evictions().bytes());
  const std::uint64_t capacity = options_.result_capacity.count;
  if (figures_.result_bytes <= capacity) is_held_over_capacity_ = false;
  if (figures_.result_bytes <= capacity || evictions_left_ == 0) return 0;
  EVALX_TRY_VOID(database_->begin(Database::Durability::Process));
  EVALX_TRY(const auto evicted,
            table_->evict(capacity, options_.retention, std::min(evictions_left_, kEvictedAtOnce)));
  EVALX_TRY_VOID(database_->commit());
  is_held_over_capacity_ = evicted.empty() && jobs_.callbacks().size() > 0;
  for (const std::string& token : evicted) jobs_.streams().drop(token);
  figures_.evicted += evicted.size();
  return static_cast<int>(evicted.size());
}

void Writer::evict() {
  evict_posted_ = false;
  if (!is_open() || health_.is_disk_low()) return;
  const auto evicted = evict_some();
  if (!evicted) {
    roll_back();
    return health_.note_fault(evicted.error());
  }
  note_callbacks();
  evictions_left_ -= *evicted;
  if (*evicted == 0) return;
  evict_posted_ = true;
  thread_.post([this] { evict(); });  // Callers' operations take turns with it.
}

void Writer::checkpoint() {
  if (health_.is_disk_low() || database_->log_pages() < kLogPagesMax) return;
  if (auto moved = database_->checkpoint(); !moved) health_.note_fault(moved.error());
}

/// Survives a kill of this process; after a power cut no lease is charged either.
Result<> Writer::mark_told_to_end() {
  EVALX_TRY_VOID(database_->begin(Database::Durability::Process));
  EVALX_TRY_VOID(table_->mark_told_to_end());
  return database_->commit();
}

Result<> Writer::mark_clean() {
  EVALX_TRY_VOID(database_->begin(Database::Durability::Disk));
  EVALX_TRY_VOID(table_->mark_clean());
  EVALX_TRY_VOID(database_->commit());
  return database_->checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
}

void Writer::shut_down() {
  closed_ = true;
  const Error closing = unavailable("the queue is closing");
  intake_.refuse_all(closing);
  grants_.close(closing);
  callback_calls_.close(closing);
  followers_.close(closing);
  jobs_.stop_all();
  if (!health_.is_broken()) {
    Result<> marked = mark_clean();
    if (!marked && fault_of(marked.error()) == Fault::DiskFull) {
      database_->rollback();
      health_.give_up_reserve();  // One missing page must not make the shutdown look like a crash.
      marked = mark_clean();
    }
    if (!marked) {
      database_->rollback();
      log::warning("the queue's shutdown is not clean", {{"cause", marked.error().what}});
    }
  }
  thread_.stop();
}

}  // namespace evalx::queue::sqlite
