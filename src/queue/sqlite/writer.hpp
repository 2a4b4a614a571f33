#pragma once
// Writer: the one thread that owns the database and the jobs in memory.

#include <atomic>
#include <memory>
#include <string>

#include "queue/sqlite/callback_calls.hpp"
#include "queue/sqlite/followers.hpp"
#include "queue/sqlite/grants.hpp"
#include "queue/sqlite/intake.hpp"
#include "queue/sqlite/recovery.hpp"
#include "queue/sqlite/retention_guard.hpp"
#include "queue/sqlite/sqlite_queue.hpp"
#include "queue/sqlite/tally.hpp"

namespace evalx::queue::sqlite {

/// A store that this process has taken over.
struct OwnedStore {
  DataDirectory directory;
  Tally tally;
  std::unique_ptr<Database> database;
  std::unique_ptr<JobTable> table;
  Recovered recovered;
};

/// Group commit: operations that arrive while one transaction is synced share the next.
/// Public functions may be called from any thread, until close().
class Writer : public std::enable_shared_from_this<Writer> {
 public:
  Writer(OwnedStore store, const Clock& clock, Options options);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  void start(const Recovered& recovered);
  /// Refuses all waiting calls, releases the leases, and marks the shutdown as clean.
  void close();

  /// Answered after its transaction. One of kind Accept is refused with Full at once, on the
  /// calling thread, if too many operations wait.
  void submit(std::unique_ptr<Operation> operation);
  void lease(Milliseconds patience, LeaseCall call);
  void progress(LeaseId id, std::string kind, std::string data);
  void follow(std::string token, Place after, Store::Until until, Milliseconds patience,
              std::shared_ptr<Call<Events>> call);
  void end_waits();
  void announce(std::string announcement);
  void end_soon();
  void workers(std::shared_ptr<Call<LiveWorkers>> call);
  void take_callbacks(std::size_t limit, Milliseconds patience, CallbacksCall call);
  void settle_callback(CallbackLease id, CallbackEnd end, std::function<void(Result<>)> answer);

  [[nodiscard]] const Figures& figures() const { return figures_; }

 private:
  using Operations = Intake::Operations;

  // writer.cpp: group commit.
  void enqueue(std::unique_ptr<Operation> operation);
  void flush();
  Result<> transact(Operations& batch);
  void refuse_accepts(Operations& batch, const Error& why);
  void settle(Operations& batch);
  void roll_back();
  void note_callbacks();
  void tally();
  [[nodiscard]] bool is_open() const { return !closed_ && !health_.is_broken(); }
  void give_back(LeaseId id);
  WriterParts parts() { return {thread_, *database_, *table_, clock_, health_, jobs_}; }

  // expiring.cpp: jobs that have waited too long.
  void expire_overdue();

  // upkeep.cpp: regular tasks, and the shutdown.
  void upkeep();
  void probe();
  void sweep();
  void evict();
  Result<int> evict_some();
  void checkpoint();
  void shut_down();
  Result<> mark_clean();
  Result<> mark_told_to_end();

  const Options options_;
  const std::string owner_;  ///< "epoch 7": the name of this process as the store's owner.
  const Clock& clock_;
  RetentionGuard retention_;
  Figures figures_;
  LoopThread thread_;
  Health health_;  ///< Owns the directory, which must stay locked until the database is closed.
  std::unique_ptr<Database> database_;
  std::unique_ptr<JobTable> table_;
  Jobs jobs_;
  Intake intake_;
  Grants grants_;
  Followers followers_;
  CallbackCalls callback_calls_;

  std::string announcement_;
  Tally tally_;
  const std::uint64_t accepted_before_;  ///< Jobs that earlier owners accepted.
  std::uint64_t tallied_ = 0;            ///< Jobs of this owner that are in the tally.
  bool flush_posted_ = false;
  bool sweep_posted_ = false;
  int evictions_left_ = 0;  ///< In this second.
  /// The results exceed their capacity, and none can be evicted: callbacks wait.
  bool is_held_over_capacity_ = false;
  bool evict_posted_ = false;
  bool expiring_ = false;  ///< Overdue jobs are on their way to the disk.
  bool closed_ = false;
  std::atomic<std::size_t> waiting_progress_{0};
};

}  // namespace evalx::queue::sqlite
