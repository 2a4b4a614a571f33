#pragma once
// FakeStore: a shared store of jobs that can crash and lose writes, and can have planted bugs.

#include <cstdint>
#include <optional>
#include <vector>

#include "queue/machine.hpp"

namespace evalx::queue::simulation {

/// Known mistakes, planted to prove that the checker finds them.
enum class Bug {
  None,
  NoCompareAndSet,       ///< A result is accepted without checking the lease.
  GrantsWhatIsHeld,      ///< A delivery hint is followed without checking the state.
  NoReconciler,          ///< A lost delivery hint is never made again.
  AnswersBeforeItSyncs,  ///< A change can be lost after its reply was sent.
  CountsLeases,          ///< Leases are consecutive numbers, which repeat after a crash.
  ForgivesDeaths,        ///< A worker's death is not charged.
  ForgetsKeys,           ///< Idempotency keys are not looked up.
  NoOrphanSweep,         ///< A lease is not returned if the reply that granted it was lost.
  SavesForAnyone,        ///< A checkpoint is accepted without checking the lease.
  KeepsCheckpoints,      ///< Checkpoints are not deleted when their job ends.
  RetriesAnywhere,       ///< The worker that failed gets the job before others can.
  NoFence,               ///< A worker without a connection goes on starting programs.
  GrantsTheOverdue,      ///< Only the sweep checks a deadline.
  ExpiresEarly,          ///< A deadline is compared on a clock that is ahead.
  ZeroIsNever,           ///< A deadline at 0 or below counts as none.
  ChargesTheEnding,      ///< A worker that was asked to end and is then killed counts as dead.
};

using JobNumber = std::uint32_t;
/// The result of an expired job. Workers use their lease as the result, which is never so small.
inline constexpr std::uint64_t kExpiredResult = 3;
using SessionId = std::uint64_t;  ///< Random; 0: none.

/// The behaviour of a backend with several workers, in memory. Times are on its own clock.
class FakeStore {
 public:
  struct Settings {
    Rules rules;
    Bug bug = Bug::None;
    Microseconds lease = std::chrono::seconds{15};
  };
  struct Stored {
    bool exists = false;
    Job job;
    std::uint32_t key = 0;
    std::uint64_t result = 0;
    SessionId session = 0;             ///< While Leased.
    std::vector<SessionId> failed_on;  ///< Until it ends or is redriven.
    std::uint64_t claim = 0;           ///< Number of the session's claim that leased it.
    std::vector<std::uint64_t> parts;  ///< Its checkpoint.
  };
  struct Granted {
    JobNumber job = 0;
    Job record;
    std::vector<std::uint64_t> parts;
  };
  struct Renewal {
    bool is_known = false;            ///< Otherwise the session has ended.
    std::vector<std::uint64_t> lost;  ///< Leases of the request that are no longer held.
  };

  FakeStore(Settings settings, std::size_t jobs) : settings_(settings) { data_.jobs.resize(jobs); }

  /// The job of the key, which is `job` if the key is new. Key 0 is no key. The job expires at
  /// `not_after`, if that is given.
  JobNumber accept(JobNumber job, std::uint32_t key, std::optional<StoreTime> not_after);
  /// A granted job gets the lease `lease`. A job in quarantine needs a session that holds nothing
  /// else: the first session that asks gets no other jobs until it is empty.
  std::optional<Granted> claim(SessionId session, std::uint64_t number, std::uint64_t lease,
                               StoreTime now);
  /// Extends the session. `held` are the leases that the worker holds. Claims below `open_from`
  /// have no reply under way any more: jobs that they leased and that are not in `held` are
  /// released without charge, because the replies were lost.
  Renewal renew(SessionId session, bool is_new, std::uint64_t open_from,
                const std::vector<std::uint64_t>& held, StoreTime now);
  /// The worker of the session was asked to end: if it dies, its jobs are released. False if the
  /// session is not known.
  bool end_soon(SessionId session);
  /// Applies a change; `result` is stored if it ends the job.
  Result<State> settle(JobNumber job, const Change& change, std::uint64_t result, StoreTime now);
  /// Stores `part` for the next holder. Errors: LeaseLost.
  Result<> save(JobNumber job, std::uint64_t lease, std::uint64_t part);
  [[nodiscard]] const Stored& read(JobNumber job) const { return data_.jobs.at(job); }

  /// The regular task of any process: ends dead sessions and overdue jobs, and makes jobs available
  /// after their back-off.
  void tick(StoreTime now);
  /// Makes new hints for waiting jobs that have none.
  void reconcile();

  /// A delivery hint is doubled or deleted, as by an operator.
  void double_hint(std::size_t random);
  void drop_hints();

  void sync() { synced_ = data_; }
  /// Loses all writes since the last sync(). Each session gets a whole lease from now on, because
  /// its renewals may be lost.
  void crash(StoreTime now);

  struct Figures {
    std::uint64_t accepted = 0, ended = 0, open = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  struct Session {
    SessionId id = 0;
    StoreTime deadline{};
    bool ends_soon = false;
  };
  struct Data {
    std::vector<Stored> jobs;
    std::vector<JobNumber> hints, resting;
    std::vector<Session> sessions;
    SessionId keeper = 0;  ///< Runs a job in quarantine, or leases none until it holds none.
    StoreTime keeper_asked = StoreTime::min();  ///< When it asked for a job last.
    std::uint64_t accepted = 0, last_lease = 0;
  };

  [[nodiscard]] std::size_t held_by(SessionId session) const;
  [[nodiscard]] bool is_alive(SessionId session, StoreTime now) const;
  bool is_for(const Job& job, SessionId session, StoreTime now);
  [[nodiscard]] bool has_failed_on(const Stored& job, SessionId session) const;
  std::optional<Granted> grant(JobNumber job, SessionId session, std::uint64_t number,
                               const Grant& change, StoreTime now);
  std::optional<Granted> claim_resting(SessionId session, std::uint64_t number, std::uint64_t lease,
                                       StoreTime now);
  [[nodiscard]] bool is_left_to_others(const Stored& job, SessionId session, StoreTime now) const;
  void store(JobNumber number, const Job& job, std::uint64_t result);
  Result<Step> decide(const Job& before, const Change& change, StoreTime now) const;

  Settings settings_;
  Data data_, synced_;
};

}  // namespace evalx::queue::simulation
