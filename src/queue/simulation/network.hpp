#pragma once
// Network: virtual time, and calls to a store that arrive late, twice, out of order or not at all.

#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "queue/simulation/fake_store.hpp"
#include "queue/simulation/random.hpp"

namespace evalx::queue::simulation {

/// Frequency of faults, each per thousand.
struct Faults {
  unsigned lost = 0;          ///< A message, either way.
  unsigned doubled = 0;       ///< A request.
  unsigned late = 0;          ///< A message, by up to eight seconds.
  unsigned store_crash = 0;   ///< At a request: before or after it is done.
  unsigned worker_crash = 0;  ///< At a tick of one second.
  unsigned worker_pause = 0;  ///< At a tick: up to 25 seconds.
  unsigned worker_drain = 0;  ///< At a tick: it is asked to end, and killed some seconds later.
  unsigned hint_fault = 0;    ///< At a tick: delivery hints doubled or dropped.
};

class Network {
 public:
  /// Virtual time begins at `start`.
  Network(Random& random, FakeStore& store, StoreTime start)
      : random_(random), store_(store), now_(start), synced_at_(start) {}

  [[nodiscard]] StoreTime now() const { return now_; }
  void at(StoreTime time, std::function<void()> action) {
    actions_.push({time, next_++, std::move(action)});
  }
  void after(Microseconds time, std::function<void()> action) {
    at(now_ + time, std::move(action));
  }
  /// Runs the next action; false if there is none.
  bool run_one() {
    if (actions_.empty()) return false;
    const Action next = actions_.top();
    actions_.pop();
    now_ = next.time;
    next.run();
    return true;
  }

  enum class Sync { BeforeTheAnswer, NowAndThen };
  enum class Repeat { Safe, Unsafe };
  /// Runs `ask` at the store after a delay, and then `hear` with its answer at the caller. Each of
  /// the two messages may be lost. A Safe call may run twice.
  template <class Ask, class Hear>
  void call(Repeat repeat, Ask ask, Hear hear) {
    const int copies = repeat == Repeat::Safe && random_.happens(faults.doubled) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      if (random_.happens(faults.lost)) continue;
      after(delay(), [this, ask, hear] { serve(ask, hear); });
    }
  }

  /// The store is unavailable for a while; `on_crash` gets what it lost.
  void crash_store();
  void sync_store() {
    store_.sync();
    synced_at_ = now_;
  }

  Faults faults;
  Sync sync = Sync::BeforeTheAnswer;
  std::function<void(StoreTime lost_since)> on_crash = [](StoreTime) {};

 private:
  struct Action {
    StoreTime time;
    std::uint64_t order;
    std::function<void()> run;
    bool operator<(const Action& other) const {
      return std::pair{time, order} > std::pair{other.time, other.order};
    }
  };

  Microseconds delay() {
    if (random_.happens(faults.late)) return Milliseconds{random_.below(8000)};
    return Microseconds{200 + random_.below(20'000)};
  }

  template <class Ask, class Hear>
  void serve(const Ask& ask, const Hear& hear) {
    if (now_ < store_away_until_) return;
    const bool crashes = random_.happens(faults.store_crash);
    const bool before_sync = crashes && random_.below(2) == 0;
    const auto answer = ask();
    if (sync == Sync::BeforeTheAnswer && !before_sync) sync_store();
    if (crashes) return crash_store();
    if (random_.happens(faults.lost)) return;
    after(delay(), [hear, answer] { hear(answer); });
  }

  Random& random_;
  FakeStore& store_;
  std::priority_queue<Action> actions_;
  std::uint64_t next_ = 0;
  StoreTime now_, synced_at_;
  StoreTime store_away_until_ = StoreTime::min();
};

}  // namespace evalx::queue::simulation
