#pragma once
// Writer: the one thread that owns the database and what memory knows of the jobs.

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <thread>

#include "base/timer.hpp"
#include "queue/call.hpp"
#include "queue/deadlines.hpp"
#include "queue/sqlite/data_directory.hpp"
#include "queue/sqlite/operations.hpp"
#include "queue/sqlite/recovery.hpp"

namespace evalx::queue::sqlite {

struct WriterRules {
  std::size_t capacity = 0;
  Rules rules;
  std::chrono::seconds retention{};
  std::string owner;  ///< "epoch 7": as the log calls this life of the store's owner.
  std::function<std::string(const Record&)> expired_result;
  std::function<void(const Error&)> on_fatal;
};

/// Group commit: what arrives while one transaction is on its way to the disk shares the next.
/// Public functions may be called from any thread, until close().
class Writer : public std::enable_shared_from_this<Writer> {
 public:
  using LeaseCall = std::shared_ptr<Call<std::optional<Leased>>>;
  using EventsCall = std::shared_ptr<Call<Events>>;

  Writer(DataDirectory directory, std::unique_ptr<Database> database,
         std::unique_ptr<JobTable> table, const Clock& clock, WriterRules rules);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  void start(const Recovered& recovered);
  /// Refuses all that waits, gives the leases back, and says that the shutdown was clean.
  void close();

  /// Settled or refused in time; refused at once when too much waits.
  void submit(std::unique_ptr<Operation> operation);
  void lease(Milliseconds patience, LeaseCall call);
  void progress(LeaseId id, std::string kind, std::string data);
  /// Answers with news of the job, or with nothing when `patience` is over.
  void follow(std::string token, std::uint64_t after_seq, Streams::Until until,
              Milliseconds patience, EventsCall call);
  /// Answers all who follow as if their patience were over; who comes later has none.
  void end_waits();
  void announce(std::string announcement);
  void workers(std::shared_ptr<Call<LiveWorkers>> call);

  [[nodiscard]] const Figures& figures() const { return figures_; }

 private:
  struct LeaseWaiter {
    LeaseCall call;
    std::optional<Deadlines::Key> deadline;
  };
  struct Grant {
    Backlog::Waiting job;
    std::uint64_t lease = 0;
    JobTable::Granted stored;
    std::stop_token stop;
    bool has_events = false;
  };
  using Operations = std::vector<std::unique_ptr<Operation>>;

  // writer.cpp: group commit.
  void enqueue(std::unique_ptr<Operation> operation);
  void flush();
  Operations take_batch();
  Result<> transact(Operations& batch);
  void refuse_accepts(Operations& batch, const Error& why);
  void settle(Operations& batch);

  // leasing.cpp: handing jobs to those who wait for one.
  void wait_for_job(std::uint64_t id, Milliseconds patience, LeaseCall call);
  void stop_waiting(std::uint64_t id, Result<std::optional<Leased>> answer);
  void grant_soon();
  void grant();
  Result<> store_grants(std::vector<Grant>& grants);
  void deliver(Grant& grant);
  void take_back(LeaseId id);
  void wake_when_due();

  // expiring.cpp: what has waited for too long.
  void expire_overdue();

  // following.cpp: event streams and waits for the end.
  void begin_following(std::string token, Streams::Waiter waiter, Milliseconds patience,
                       EventsCall call);
  Result<> remember_stream(const std::string& token);

  // upkeep.cpp: faults, disk space, retention, the log, and the end.
  void note_fault(const Error& error);
  void note_success();
  void give_up_reserve();
  bool regain_reserve();
  void upkeep();
  void probe();
  void sweep();
  void checkpoint();
  void shut_down();
  void arm();

  DataDirectory directory_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<JobTable> table_;
  const Clock& clock_;
  const WriterRules rules_;
  Figures figures_;
  Jobs jobs_;

  std::deque<std::unique_ptr<Operation>> pending_;
  std::map<std::uint64_t, LeaseWaiter> lease_waiters_;  ///< By arrival.
  std::optional<Clock::WallInstant> worker_since_;      ///< When the first came.
  std::string announcement_;
  Deadlines deadlines_;
  bool flush_posted_ = false;
  bool grant_posted_ = false;
  bool sweep_posted_ = false;
  bool expiring_ = false;  ///< Overdue jobs are on their way to the disk.
  bool disk_low_ = false;  ///< The reserve is given up: no accepts until it is back.
  bool broken_ = false;    ///< After a fatal fault nothing is written any more.
  bool closed_ = false;
  bool waits_ended_ = false;
  std::optional<Clock::Instant> due_wake_;  ///< When a delayed job is to be handed out.
  Clock::Instant armed_ = Clock::Instant::max();

  std::atomic<std::uint64_t> next_waiter_{1};
  std::atomic<std::size_t> waiting_operations_{0};
  std::atomic<std::size_t> waiting_progress_{0};
  std::atomic<std::uint64_t> waiting_bytes_{0};

  asio::io_context loop_{1};
  std::optional<asio::executor_work_guard<Executor>> work_;
  Timer timer_{loop_};
  std::thread thread_;
};

}  // namespace evalx::queue::sqlite
