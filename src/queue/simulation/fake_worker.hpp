#pragma once
// FakeWorker: leases jobs, runs them in virtual time, renews its session, and stops its programs
// when the session is not renewed in time.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "queue/simulation/history.hpp"
#include "queue/simulation/network.hpp"

namespace evalx::queue::simulation {

std::string job_name(JobNumber job);

/// The effect of a job on the worker that runs it.
enum class Nature { Good, Flaky, Poison, Unreadable };

class FakeWorker {
 public:
  struct World {
    Random& random;
    FakeStore& store;
    Network& network;
    History& history;
    const std::vector<Nature>& natures;
    Bug bug = Bug::None;
  };
  explicit FakeWorker(World world) : world_(world) {}

  /// Called each second of virtual time.
  void tick();
  /// kill -9: its programs die with it; it starts again later.
  void crash();
  /// It and its programs are stopped, as on a suspended machine.
  void pause(Microseconds time) { paused_until_ = world_.network.now() + time; }
  /// It was asked to end: takes no more jobs, and finishes or releases those that it holds.
  void drain();
  /// Out of patience: kill -9 of a worker that drains, which starts again later.
  void kill_if_draining();

 private:
  enum class Stage { Running, Done, Faulty, Refused, Unwanted };
  struct Held {
    JobNumber job = 0;
    std::uint64_t lease = 0;
    StoreTime ends{};
    Stage stage = Stage::Running;
    bool started = false;
    std::uint64_t part = 0;  ///< Offered as a checkpoint until it is answered.
  };

  [[nodiscard]] bool is_here() const;
  [[nodiscard]] bool may_start() const;
  void begin_session();
  void renew();
  void tell_end();
  void claim();
  void take(const FakeStore::Granted& granted, StoreTime asked);
  void work(Held& held);
  void save(Held& held);
  void offer(const Held& held);
  void give_up(std::uint64_t lease);
  void give_up_all();
  void stop(Held& held);
  void log(Event::Kind kind, const Held& held, std::optional<StoreTime> asked = {},
           std::uint64_t result = 0);
  /// Calls `hear` with the store's answer: not if the worker crashed or began a new session
  /// meanwhile, and not before its pause is over.
  template <class Hear>
  auto heard(Hear hear) {
    return [this, hear, life = life_](const auto& answer) { hear_later(life, hear, answer); };
  }
  template <class Hear, class Answer>
  void hear_later(std::uint64_t life, Hear hear, Answer answer) {
    if (life != life_) return;
    if (world_.network.now() >= paused_until_) return hear(answer);
    world_.network.at(paused_until_, [=, this] { hear_later(life, hear, answer); });
  }

  World world_;
  std::uint64_t life_ = 0;  ///< Changes with each crash and each end of a session.
  SessionId session_ = 0;
  StoreTime paused_until_ = StoreTime::min(), away_until_ = StoreTime::min();
  StoreTime renewed_ = StoreTime::min();   ///< When the last successful renewal was sent.
  std::optional<StoreTime> renewal_sent_;  ///< When any renewal of this session was sent last.
  bool session_is_known_ = false;
  bool draining_ = false;
  bool end_is_known_ = false;  ///< To the store.
  std::uint64_t next_claim_ = 1;
  std::map<std::uint64_t, StoreTime> open_claims_;  ///< When each claim was sent, by its number.
  std::vector<Held> held_;
};

}  // namespace evalx::queue::simulation
