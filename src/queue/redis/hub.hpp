#pragma once
// Hub: the one thread of a process that talks to Redis: for callers, for its worker's session, and
// for the good of the store.

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <unordered_map>

#include "base/timer.hpp"
#include "queue/call.hpp"
#include "queue/deadlines.hpp"
#include "queue/machine.hpp"
#include "queue/queue.hpp"
#include "queue/redis/scripts.hpp"

namespace evalx::queue::redis {

struct HubRules {
  Address address;
  std::string prefix;
  std::size_t capacity = 0;
  Rules rules;
  std::chrono::seconds retention{};
  Milliseconds lease{};
  std::function<std::string(const Record&)> dead_result, expired_result;
};

/// No job can block its thread, so that the renewals of the lease, on a connection of their own,
/// are always on time. Public functions may be called from any thread, until close().
class Hub : public std::enable_shared_from_this<Hub> {
 public:
  using LeaseCall = std::shared_ptr<Call<std::optional<Leased>>>;
  using EventsCall = std::shared_ptr<Call<Events>>;
  using Changed = std::function<void(Result<State>)>;
  enum class Until { NextEvent, End };
  enum class Parts { All, State };

  explicit Hub(HubRules rules);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  ~Hub();

  /// Returns when Redis answers. Errors: not_connected.
  Result<> start();
  /// Refuses all that waits, gives the leases back, and ends the session.
  void close();

  void accept(std::vector<NewJob> jobs, std::shared_ptr<Call<std::vector<Accepted>>> call);
  void change(std::string token, Change change, Words words, Changed changed);
  void checkpoint(LeaseId id, std::string part, std::shared_ptr<Call<void>> call);
  void lease(Milliseconds patience, LeaseCall call);
  void stopped(LeaseId id);
  void find(std::string token, Parts parts, std::shared_ptr<Call<Record>> call);
  void list(ListFilter filter, std::shared_ptr<Call<Listing>> call);
  void progress(LeaseId id, std::string kind, std::string data);
  void follow(std::string token, std::uint64_t after_seq, Until until, Milliseconds patience,
              EventsCall call);
  /// Answers all who follow as if their patience were over; who comes later has none.
  void end_waits();
  void announce(std::string announcement);
  void workers(std::shared_ptr<Call<LiveWorkers>> call);

  [[nodiscard]] const Figures& figures() const { return figures_; }

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Changing {
    std::string token;
    Change change;
    Words words;
    Changed changed;
    unsigned tries = 0;
  };
  struct LeaseWaiter {
    LeaseCall call;
    std::optional<Deadlines::Key> deadline;
    std::uint64_t answer_after = 0;  ///< With this claim at the latest; 0: only in time.
  };
  struct Holding {
    std::uint64_t lease = 0;
    std::stop_source stop;
  };
  struct Follower {
    std::string token;
    std::uint64_t after_seq = 0;
    Until until = Until::NextEvent;
    EventsCall call;
    std::optional<Deadlines::Key> deadline;
    bool asking = false, ask_again = false, told_nothing = false;
  };

  // hub.cpp: its life, and what it does now and then.
  void upkeep();
  void arm();
  void shut_down();
  void note_connected();
  void take_message(const Reply& message);
  void check_holding(const std::string& token);
  void reap();
  void notice_birth(const std::string& birth);
  void reconcile();
  void lose_workers(const Reply& leases);
  void note(const Reply& depth);
  void post(std::function<void()> action) { asio::post(loop_, std::move(action)); }

  // changing.cpp: jobs from state to state.
  void decide(const std::shared_ptr<Changing>& changing);
  void decide(const std::shared_ptr<Changing>& changing, const Reply& found);
  void store(const std::shared_ptr<Changing>& changing, const Reply& fields, const Step& next);
  void settled(const Changing& changing, const Job& before, const Step& next);
  void refused(const std::shared_ptr<Changing>& changing, const Reply& found, const Error& why);

  // leasing.cpp: the worker's session and its jobs.
  void renew();
  void renewed(const Reply& reply, Microseconds sent);
  void end_session();
  void keep_leases();
  void keep_session();
  [[nodiscard]] bool may_claim() const;
  void claim();
  void claimed(std::uint64_t number, Result<Reply> reply);
  void deliver(const Reply& granted);
  void stop_waiting(std::uint64_t id, Result<std::optional<Leased>> answer);
  void give_back(const LeaseId& id);
  void give_back_idle();

  // expiring.cpp: what has waited for too long.
  static std::vector<std::string> overdue_at_once();
  void expire(const Reply& tokens);

  // fleet.cpp: what this worker tells of itself.
  void tell_fleet();

  // following.cpp: events, and waits for the end.
  void ask(std::uint64_t id);
  void hear(std::uint64_t id, const Result<Reply>& reply);
  void stop_following(std::uint64_t id, Result<Events> answer);
  void ask_all();

  const HubRules rules_;
  const SystemClock clock_;
  Figures figures_;
  asio::io_context loop_{1};
  std::optional<asio::executor_work_guard<Executor>> work_;
  Timer timer_{loop_};
  Connection commands_, heart_, messages_;
  Scripts scripts_, heart_scripts_;
  std::promise<void> connected_;
  bool is_connected_ = false;  ///< Once all three were.
  std::atomic<std::size_t> waiting_posts_{0};
  std::atomic<std::uint64_t> next_id_{1};

  Deadlines deadlines_;
  Instant armed_ = Instant::max();
  Instant reap_from_{};  ///< A lease after a restart of Redis: what sessions said may be lost.
  bool closed_ = false;
  std::string birth_;          ///< Of the data in Redis.
  std::size_t open_jobs_ = 0;  ///< The most that were known since the birth was last looked at.

  std::string session_;  ///< "HOST:PID:RANDOM"; empty: nobody has asked for a job yet.
  bool session_is_known_ = false;
  Microseconds renewal_sent_{}, renewed_{};  ///< CLOCK_BOOTTIME.
  std::uint64_t next_claim_ = 1;
  std::set<std::uint64_t> open_claims_;
  bool claim_again_ = false;
  Microseconds looked_{};  ///< At the session's age, last; CLOCK_BOOTTIME.
  std::map<std::uint64_t, LeaseWaiter> lease_waiters_;  ///< By arrival.
  std::unordered_map<std::string, Holding> holdings_;
  std::unordered_map<std::string, std::uint64_t>
      cut_off_;                ///< Leases that ended while Redis was away.
  std::vector<LeaseId> idle_;  ///< Of those: nothing runs any more, and Redis is yet to hear of it.
  std::string announcement_;   ///< Empty: nothing is told.
  bool is_announced_ = false;

  bool waits_ended_ = false;
  std::unordered_map<std::uint64_t, Follower> followers_;
  std::unordered_multimap<std::string, std::uint64_t> followers_of_;
  std::thread thread_;
};

/// CLOCK_BOOTTIME, which also runs while the machine sleeps.
Microseconds boot_time();

}  // namespace evalx::queue::redis
