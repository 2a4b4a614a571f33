#include "queue/machine.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace evalx::queue {
namespace {

using namespace std::chrono_literals;

constexpr StoreTime kNow{1h};
constexpr std::uint64_t kLease = 7;
constexpr std::uint64_t kStale = 8;
constexpr Rules kRules{};

std::vector<Change> all_changes() {
  std::vector<Change> changes{Grant{kLease}, Cancel{}, Condemn{}, Expire{}, Redrive{}};
  for (const std::uint64_t lease : {kLease, kStale, std::uint64_t{0}}) {
    changes.insert(changes.end(), {Complete{lease}, Release{lease}, Retry{lease, 42}, Reject{lease},
                                   LoseWorker{lease}});
  }
  return changes;
}

Job job(State state, unsigned attempt = 1, unsigned deaths = 0) {
  return {state, attempt, deaths, state == State::Leased ? kLease : 0};
}

struct Row {
  const char* name;
  Job before;
  Change change;
  std::variant<Job, Errc> expected;
  bool stops_holder = false;
};

Job resting(Job job, Microseconds time) {
  job.not_before = kNow + time;
  return job;
}

Job until(Job job, Microseconds time) {
  job.not_after = kNow + time;
  return job;
}

/// The whole table: every state and every change, with the counts that matter.
std::vector<Row> table() {
  const Job queued = job(State::Queued, 0);
  const Job held = job(State::Leased);
  const Job rests = resting(queued, 1us);
  std::vector<Row> rows{
      {"a lease is charged", queued, Grant{kLease}, job(State::Leased, 1)},
      {"a job rests until its back-off is over", rests, Grant{kLease}, Errc::LeaseLost},
      {"unless it goes to another worker", rests, Grant{kLease, true}, job(State::Leased, 1)},
      {"and not longer", resting(queued, 0us), Grant{kLease}, job(State::Leased, 1)},
      {"a held job has one holder", held, Grant{kStale}, Errc::LeaseLost},
      {"the holder publishes", held, Complete{kLease}, job(State::Done)},
      {"a release is not charged", held, Release{kLease}, queued},
      {"a release keeps deaths", job(State::Leased, 2, 1), Release{kLease},
       job(State::Queued, 1, 1)},
      {"a first fault rests seconds", held, Retry{kLease, 0}, resting(job(State::Queued), 5s)},
      {"a second one minutes", job(State::Leased, 2), Retry{kLease, 120'000'000},
       resting(job(State::Queued, 2), 4min)},
      {"a third one is the last", job(State::Leased, 3), Retry{kLease, 0}, job(State::Dead, 3)},
      {"a death is no fault", job(State::Leased, 3, 1), Retry{kLease, 0},
       resting(job(State::Queued, 3, 1), 2min)},
      {"what cannot be judged is not tried again", held, Reject{kLease}, job(State::Dead)},
      {"whatever it came through", job(State::Leased, 2, 1), Reject{kLease},
       job(State::Dead, 2, 1)},
      {"a first death leads to quarantine", held, LoseWorker{kLease}, job(State::Queued, 1, 1),
       true},
      {"a second death leads there again", job(State::Leased, 2, 1), LoseWorker{kLease},
       job(State::Queued, 2, 2), true},
      {"a third death is the last", job(State::Leased, 3, 2), LoseWorker{kLease},
       job(State::Dead, 3, 3), true},
      {"unless the others are old", job(State::Leased, 3, 2), LoseWorker{kLease, 1},
       job(State::Queued, 3, 3), true},
      {"however many there were", job(State::Leased, 9, 8), LoseWorker{kLease, 8},
       job(State::Queued, 9, 9), true},
      {"a client ends what waits", queued, Cancel{}, job(State::Cancelled, 0)},
      {"a client ends what rests", rests, Cancel{}, job(State::Cancelled, 0)},
      {"a client ends what is held", held, Cancel{}, job(State::Cancelled), true},
      {"what cannot run ends", queued, Condemn{}, job(State::Dead, 0)},
      {"wherever it is", held, Condemn{}, job(State::Dead), true},
      {"an operator wakes the dead", job(State::Dead, 3), Redrive{}, job(State::Queued, 0)},
      {"suspects in quarantine", job(State::Dead, 3, 3), Redrive{}, job(State::Queued, 2, 2)},
      {"but only the dead", queued, Redrive{}, Errc::NotFound},
      {"and not the held", held, Redrive{}, Errc::NotFound},
      {"nor the done", job(State::Done), Redrive{}, Errc::NotFound},
      {"nor the cancelled", job(State::Cancelled), Redrive{}, Errc::NotFound},
      {"nor the expired", job(State::Expired), Redrive{}, Errc::NotFound},
      {"what is in time is begun", until(queued, 1us), Grant{kLease},
       until(job(State::Leased, 1), 1us)},
      {"what is not is never begun", until(queued, 0us), Grant{kLease},
       until(job(State::Expired, 0), 0us)},
      {"also while it rests", until(rests, 0us), Grant{kLease}, until(job(State::Expired, 0), 0us)},
      {"the store ends what is overdue", until(queued, -1us), Expire{},
       until(job(State::Expired, 0), -1us)},
      {"and what rests", until(rests, 0us), Expire{}, until(job(State::Expired, 0), 0us)},
      {"and what came back", until(job(State::Queued, 2, 1), 0us), Expire{},
       until(job(State::Expired, 2, 1), 0us)},
      {"but nothing before its time", until(queued, 1us), Expire{}, Errc::NotFound},
      {"nor without a deadline", queued, Expire{}, Errc::NotFound},
      {"nor what runs", until(held, -1us), Expire{}, Errc::NotFound},
      {"whose result is taken, however late", until(held, -1us), Complete{kLease},
       until(job(State::Done), -1us)},
      {"and which keeps its time when it comes back", until(held, -1us), Release{kLease},
       until(queued, -1us)},
      {"an operator redrives an overdue job", until(job(State::Dead, 3), -1us), Redrive{},
       job(State::Queued, 0)},
  };
  // Without its lease the job cannot be changed, whatever its state.
  for (const State state :
       {State::Queued, State::Leased, State::Done, State::Cancelled, State::Dead, State::Expired}) {
    for (const std::uint64_t lease : {kLease, kStale, std::uint64_t{0}}) {
      if (state == State::Leased && lease == kLease) continue;
      for (const Change& change :
           {Change{Complete{lease}}, Change{Release{lease}}, Change{Retry{lease, 1}},
            Change{Reject{lease}}, Change{LoseWorker{lease}}}) {
        rows.push_back({"not the holder", job(state), change, Errc::LeaseLost});
      }
    }
  }
  for (const State state : {State::Done, State::Cancelled, State::Dead, State::Expired}) {
    for (const Change& change :
         {Change{Grant{kLease}}, Change{Cancel{}}, Change{Condemn{}}, Change{Expire{}}}) {
      rows.push_back({"an end is an end", job(state), change, Errc::Finished});
      rows.push_back({"however late", until(job(state), -1us), change, Errc::Finished});
    }
  }
  return rows;
}

TEST(Machine, FollowsItsTable) {
  for (const Row& row : table()) {
    SCOPED_TRACE(row.name);
    const auto next = step(row.before, row.change, kNow, kRules);
    if (const auto* refusal = std::get_if<Errc>(&row.expected)) {
      ASSERT_FALSE(next);
      EXPECT_EQ(next.error().code, *refusal);
    } else {
      ASSERT_TRUE(next) << next.error().what;
      EXPECT_EQ(next->job, std::get<Job>(row.expected));
      EXPECT_EQ(next->stops_holder, row.stops_holder);
    }
  }
}

TEST(Machine, TheTableNamesEveryChangeOfEveryState) {
  std::map<std::pair<State, std::size_t>, int> named;
  for (const Row& row : table()) ++named[{row.before.state, row.change.index()}];
  EXPECT_EQ(named.size(), 6 * std::variant_size_v<Change>);
}

/// Every job that a sequence of changes without redriving can make of a new one.
struct Reached {
  Job job;
  unsigned leases = 0;

  auto key() const {
    return std::tuple{job.state,
                      job.attempt,
                      job.deaths,
                      job.lease,
                      leases,
                      job.not_before > kNow,
                      job.not_after.has_value()};
  }
};

std::vector<Reached> reachable(const Rules& rules) {
  std::map<decltype(Reached{}.key()), Reached> seen;
  std::deque<Reached> open{Reached{}, Reached{until(Job{}, 1s)}};
  while (!open.empty()) {
    const Reached at = open.front();
    open.pop_front();
    if (!seen.emplace(at.key(), at).second) continue;
    for (const Change& change : all_changes()) {
      if (std::holds_alternative<Redrive>(change)) continue;
      const bool grants = std::holds_alternative<Grant>(change);
      // A change may come before a back-off ends, and after.
      for (const StoreTime now : {kNow, kNow + 5min}) {
        const auto next = step(at.job, change, now, rules);
        if (!next) continue;
        // Releases are not counted: a job may be released any number of times.
        const bool releases = std::holds_alternative<Release>(change);
        const bool leases = grants && next->job.state == State::Leased;
        open.push_back({next->job, at.leases + (leases ? 1 : 0) - (releases ? 1 : 0)});
      }
    }
  }
  std::vector<Reached> all;
  for (const auto& [key, reached] : seen) all.push_back(reached);
  return all;
}

/// A job is never leased more often, unless it is redriven.
unsigned leases_max(const Rules& rules) {
  return rules.max_attempts + rules.max_deaths - 1;
}

TEST(Machine, NoSequenceOfChangesExceedsItsBounds) {
  for (const Rules& rules : {Rules{3, 2, 1s, 1s}, Rules{1, 1, 1s, 1s}, Rules{5, 3, 1s, 1s}}) {
    const auto all = reachable(rules);
    EXPECT_GE(all.size(), 8U);
    for (const Reached& reached : all) {
      const Job& job = reached.job;
      EXPECT_LE(reached.leases, leases_max(rules));
      EXPECT_EQ(job.attempt, reached.leases);
      EXPECT_LE(job.deaths, std::min(rules.max_deaths, job.attempt));
      EXPECT_EQ(job.lease != 0, job.state == State::Leased);
      EXPECT_TRUE(!job.not_before || job.state == State::Queued);
      EXPECT_EQ(lane_of(job) == Lane::Quarantine, job.deaths > 0);
      EXPECT_TRUE(job.state != State::Expired || job.not_after);
    }
  }
}

TEST(Machine, OnlyRedrivingLeavesATerminalState) {
  for (const Reached& reached : reachable(kRules)) {
    if (!is_terminal(reached.job.state)) continue;
    for (const Change& change : all_changes()) {
      const auto next = step(reached.job, change, kNow + 1h, kRules);
      if (std::holds_alternative<Redrive>(change) && reached.job.state == State::Dead) {
        ASSERT_TRUE(next);
        EXPECT_EQ(next->job.state, State::Queued);
        EXPECT_LT(next->job.deaths, kRules.max_deaths);
      } else {
        EXPECT_FALSE(next);
      }
    }
  }
}

TEST(Machine, AFaultAtEveryAttemptEndsEveryOpenJob) {
  for (const bool dies : {false, true}) {
    for (const Reached& reached : reachable(kRules)) {
      Job job = reached.job;
      StoreTime now = kNow + 5min;
      for (unsigned steps = 0; !is_terminal(job.state); ++steps) {
        ASSERT_LT(steps, 2 * leases_max(kRules));
        const Change change = job.state == State::Queued ? Change{Grant{kLease}}
                              : dies                     ? Change{LoseWorker{kLease}}
                                                         : Change{Retry{kLease, 3}};
        const auto next = step(job, change, now, kRules);
        ASSERT_TRUE(next) << next.error().what;
        job = next->job;
        now += 5min;
      }
      const State end = job.not_after ? State::Expired : State::Dead;
      EXPECT_TRUE(job == reached.job || job.state == State::Dead || job.state == end);
    }
  }
}

/// After a reboot the monotonic clock is near 0, and deadlines from before are below it.
TEST(Machine, AnyTimeIsATime) {
  for (const StoreTime now : {StoreTime{-1h}, StoreTime{0}, StoreTime{1us}, kNow}) {
    for (const StoreTime deadline : {now, now - 1us, now - 2h}) {
      Job waiting = job(State::Queued, 0);
      waiting.not_after = deadline;
      EXPECT_TRUE(is_overdue(waiting, now));
      const auto expired = step(waiting, Expire{}, now, kRules);
      ASSERT_TRUE(expired) << expired.error().what;
      EXPECT_EQ(expired->job.state, State::Expired);
      EXPECT_EQ(step(waiting, Grant{kLease}, now, kRules)->job.state, State::Expired);
    }
    Job rests = job(State::Queued, 1);
    rests.not_before = now + 1us;
    EXPECT_FALSE(step(rests, Grant{kLease}, now, kRules));
    EXPECT_TRUE(step(rests, Grant{kLease}, now + 1us, kRules));
  }
}

TEST(Machine, ThreeAttemptsSpanTwoMinutesAtLeastAndFiveAtMost) {
  for (const std::uint64_t random : {0ULL, 12345ULL, ~0ULL}) {
    const Microseconds first = back_off(1, random, kRules);
    const Microseconds second = back_off(2, random, kRules);
    EXPECT_GE(first, 5s);
    EXPECT_LE(first, 10s);
    EXPECT_GE(first + second, 2min);
    EXPECT_LE(first + second, 5min);
    EXPECT_EQ(back_off(100, random, kRules), second);
  }
}

}  // namespace
}  // namespace evalx::queue
