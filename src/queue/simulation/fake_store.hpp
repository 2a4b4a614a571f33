#pragma once
// FakeStore: a shared store of jobs that can crash and forget, and can be built with known bugs.

#include <cstdint>
#include <optional>
#include <vector>

#include "queue/machine.hpp"

namespace evalx::queue::simulation {

/// Known mistakes, planted to prove that the checker finds them.
enum class Bug {
  None,
  NoCompareAndSet,       ///< A result is taken without a look at the lease.
  GrantsWhatIsHeld,      ///< A delivery hint is believed without a look at the state.
  NoReconciler,          ///< A lost delivery hint is never made again.
  AnswersBeforeItSyncs,  ///< What was answered can be forgotten.
  CountsLeases,          ///< Leases are numbers in a row, which a crash hands out again.
  ForgivesDeaths,        ///< A worker's death is not charged.
  ForgetsKeys,           ///< Idempotency keys are not looked up.
  NoOrphanSweep,         ///< A lease whose grant was lost on the way stays with its session.
  SavesForAnyone,        ///< A checkpoint is taken without a look at the lease.
  KeepsCheckpoints,      ///< They outlive the end of their job.
  RetriesAnywhere,       ///< Whoever failed with a job takes it before others could.
  NoFence,               ///< A worker cut off goes on starting programs.
  GrantsTheOverdue,      ///< A deadline is looked at by the sweep alone.
  ExpiresEarly,          ///< It is compared on a clock that is ahead.
};

using JobNumber = std::uint32_t;
/// What is published of a job that nobody began in time; no lease is so small.
inline constexpr std::uint64_t kExpiredResult = 3;
using SessionId = std::uint64_t;  ///< Random; 0: none.

/// What every backend with several workers does, in memory. Times are its own clock's.
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
    SessionId failed_on = 0;           ///< While it waits after a fault.
    std::uint64_t claim = 0;           ///< Which of the session's claims got it.
    std::vector<std::uint64_t> parts;  ///< Its checkpoint.
  };
  struct Granted {
    JobNumber job = 0;
    Job record;
    std::vector<std::uint64_t> parts;
  };
  struct Renewal {
    bool is_known = false;            ///< Else the session is over.
    std::vector<std::uint64_t> lost;  ///< Of the leases it named.
  };

  FakeStore(Settings settings, std::size_t jobs) : settings_(settings) { data_.jobs.resize(jobs); }

  /// The job that has the key, which is `job` if it is new. Key 0 is none. From `not_after` on it
  /// is not begun; 0: that never comes.
  JobNumber accept(JobNumber job, std::uint32_t key, StoreTime not_after);
  /// `lease` becomes the lease of what is granted. Jobs in quarantine are for a session that holds
  /// nothing else; the first that asks is let run empty for them.
  std::optional<Granted> claim(SessionId session, std::uint64_t number, std::uint64_t lease,
                               StoreTime now);
  /// Extends the session. `held` are its leases; claims below `open_from` are settled, so that a
  /// lease of theirs that is not held was lost on the way and goes back unharmed.
  Renewal renew(SessionId session, bool is_new, std::uint64_t open_from,
                const std::vector<std::uint64_t>& held, StoreTime now);
  /// Applies a change; `result` is stored if it ends the job.
  Result<State> settle(JobNumber job, const Change& change, std::uint64_t result, StoreTime now);
  /// Keeps `part` for the next holder. Errors: LeaseLost.
  Result<> save(JobNumber job, std::uint64_t lease, std::uint64_t part);
  [[nodiscard]] const Stored& read(JobNumber job) const { return data_.jobs.at(job); }

  /// What some process does now and then: ends dead sessions and what is overdue, hands out what
  /// has rested.
  void tick(StoreTime now);
  /// Makes hints anew for what waits and has none.
  void reconcile();

  /// A delivery hint appears twice, or vanishes, as by hand of an operator.
  void double_hint(std::size_t random);
  void drop_hints();

  void sync() { synced_ = data_; }
  /// Forgets what was not synced. Sessions get a whole lease: who reaps cannot know what they did.
  void crash(StoreTime now);

  struct Figures {
    std::uint64_t accepted = 0, ended = 0, open = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  struct Session {
    SessionId id = 0;
    StoreTime deadline{};
  };
  struct Data {
    std::vector<Stored> jobs;
    std::vector<JobNumber> hints, resting;
    std::vector<Session> sessions;
    SessionId keeper = 0;  ///< Runs empty for the quarantine, or runs one of its jobs.
    std::uint64_t accepted = 0, last_lease = 0;
  };

  [[nodiscard]] std::size_t held_by(SessionId session) const;
  [[nodiscard]] bool is_alive(SessionId session, StoreTime now) const;
  bool is_for(const Job& job, SessionId session, StoreTime now);
  [[nodiscard]] bool is_left_to_others(const Stored& job, SessionId session, StoreTime now) const;
  void store(JobNumber number, const Job& job, std::uint64_t result);

  Settings settings_;
  Data data_, synced_;
};

}  // namespace evalx::queue::simulation
