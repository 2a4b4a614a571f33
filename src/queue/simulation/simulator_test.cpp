#include "queue/simulation/simulator.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>

namespace evalx::queue::simulation {
namespace {

/// EVALX_SEED=N runs one seed and prints its history; EVALX_SEEDS=N runs N seeds.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Seeds {
  std::uint64_t first = from_environment("EVALX_SEED", 1);
  std::uint64_t count =
      std::getenv("EVALX_SEED") != nullptr ? 1 : from_environment("EVALX_SEEDS", 1000);
};

void expect_kept(const Scenario& scenario) {
  const History history = simulate(scenario);
  const Violations violations = check(history, Promises{});
  if (std::getenv("EVALX_SEED") != nullptr) {
    for (const Event& event : history) std::cout << to_line(event) << "\n";
  }
  EXPECT_TRUE(violations.empty()) << violations.front() << "\n  and " << violations.size() - 1
                                  << " more; repeat with EVALX_SEED=" << scenario.seed;
}

TEST(Simulation, KeepsItsPromisesUnderAllFaults) {
  const Seeds seeds;
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    Scenario scenario;
    scenario.seed = seed;
    scenario.faults = rough_faults();
    expect_kept(scenario);
    if (HasFailure()) return;
  }
}

TEST(Simulation, LosesOnlyTheLastSecondsIfThatIsAllowed) {
  const Seeds seeds;
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    Scenario scenario;
    scenario.seed = seed;
    scenario.faults = rough_faults();
    scenario.sync = Network::Sync::NowAndThen;
    expect_kept(scenario);
    if (HasFailure()) return;
  }
}

TEST(Simulation, GivesUpThePoisonousJobAndNoOther) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Scenario scenario;
    scenario.seed = seed;
    scenario.poisons = 2;
    scenario.unreadable = 1;
    scenario.hurried = 0;
    scenario.clients_interfere = false;
    const History history = simulate(scenario);
    ASSERT_TRUE(check(history, Promises{}).empty()) << "seed " << seed;
    for (const Event& event : history) {
      if (event.kind != Event::Kind::Stored) continue;
      const bool is_poison = event.job == job_name(0) || event.job == job_name(1);
      const bool is_unreadable = event.job == job_name(scenario.jobs - 1);
      const bool flaky = event.state == State::Dead && event.attempt >= 3;
      const bool as_it_should = is_poison || is_unreadable ? event.state == State::Dead
                                                           : event.state == State::Done || flaky;
      EXPECT_TRUE(as_it_should) << "seed " << seed << ": " << to_line(event);
    }
  }
}

TEST(Simulation, ASeedYieldsTheSameHistoryTwice) {
  Scenario scenario;
  scenario.seed = 7;
  scenario.faults = rough_faults();
  EXPECT_EQ(simulate(scenario), simulate(scenario));
}

/// How often a job was granted within a time after it had failed: to the worker that it had just
/// failed on, and to others.
struct Retries {
  unsigned same = 0, other = 0;
};
Retries retries_within(const History& history, Microseconds time) {
  struct Last {
    std::string worker;
    StoreTime stopped{};
  };
  std::map<std::string, Last> last;
  Retries retries;
  for (const Event& event : history) {
    if (event.kind == Event::Kind::Stopped) last[event.job] = {event.worker, event.time};
    if (event.kind != Event::Kind::Granted || !last.contains(event.job)) continue;
    const Last& before = last[event.job];
    if (event.time >= before.stopped + time) continue;
    ++(before.worker == event.worker ? retries.same : retries.other);
  }
  return retries;
}

TEST(Simulation, ARetryGoesToAnotherWorkerAtOnceAndToTheSameOneLater) {
  constexpr Microseconds kBackOff = std::chrono::seconds{2};  // The shortest.
  // And the second in which only other workers get the job.
  constexpr Microseconds kLeft = kBackOff + std::chrono::seconds{1};
  std::map<Bug, unsigned> same;
  unsigned other = 0;
  unsigned alone = 0, later = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Scenario scenario;  // Only jobs fail.
    scenario.seed = seed;
    scenario.poisons = 0;
    scenario.clients_interfere = false;
    for (const Bug bug : {Bug::None, Bug::RetriesAnywhere}) {
      scenario.bug = bug;
      const History history = simulate(scenario);
      same[bug] += retries_within(history, kLeft).same;
      if (bug == Bug::None) other += retries_within(history, kBackOff).other;
    }
    scenario.bug = Bug::None;
    scenario.workers = 1;
    expect_kept(scenario);
    const History history = simulate(scenario);
    alone += retries_within(history, kBackOff).same;
    later += retries_within(history, std::chrono::seconds{20}).same;
  }
  EXPECT_EQ(same[Bug::None], 0U);
  EXPECT_GT(same[Bug::RetriesAnywhere], 0U);
  EXPECT_GT(other, 0U);
  EXPECT_EQ(alone, 0U);
  EXPECT_GT(later, 0U);
}

TEST(Simulation, AKillAfterTheOrderToEndIsNoDeath) {
  std::map<Bug, unsigned> deaths;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Scenario scenario;  // Workers are only ever asked to end, and killed if they take too long.
    scenario.seed = seed;
    scenario.poisons = 0;
    scenario.clients_interfere = false;
    scenario.faults.worker_drain = 200;
    for (const Bug bug : {Bug::None, Bug::ChargesTheEnding}) {
      scenario.bug = bug;
      for (const Event& event : simulate(scenario)) deaths[bug] += event.deaths;
    }
    scenario.bug = Bug::None;
    expect_kept(scenario);
  }
  EXPECT_EQ(deaths[Bug::None], 0U);
  EXPECT_GT(deaths[Bug::ChargesTheEnding], 0U);
}

struct Planted {
  const char* name;
  Bug bug;
  const char* invariant;  ///< The invariant that it breaks.
  Network::Sync sync = Network::Sync::BeforeTheAnswer;
};

class PlantedBug : public testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsFound) {
  constexpr std::uint64_t kSeedsMax = 200;
  for (std::uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
    Scenario scenario;
    scenario.seed = seed;
    scenario.bug = GetParam().bug;
    scenario.sync = GetParam().sync;
    scenario.faults = rough_faults();
    for (const std::string& violation : check(simulate(scenario), Promises{})) {
      if (!violation.starts_with(GetParam().invariant)) continue;
      std::cout << GetParam().name << ": found by seed " << seed << "\n";
      return;
    }
  }
  FAIL() << "not found by " << kSeedsMax << " seeds";
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, PlantedBug,
    testing::Values(Planted{"NoCompareAndSet", Bug::NoCompareAndSet, "I2"},
                    Planted{"GrantsWhatIsHeld", Bug::GrantsWhatIsHeld, "I4"},
                    Planted{"NoReconciler", Bug::NoReconciler, "I1"},
                    Planted{"AnswersBeforeItSyncs", Bug::AnswersBeforeItSyncs, "I1"},
                    Planted{"CountsLeases", Bug::CountsLeases, "I4", Network::Sync::NowAndThen},
                    Planted{"ForgivesDeaths", Bug::ForgivesDeaths, "I9"},
                    Planted{"ForgetsKeys", Bug::ForgetsKeys, "I3"},
                    Planted{"NoOrphanSweep", Bug::NoOrphanSweep, "I1"},
                    Planted{"SavesForAnyone", Bug::SavesForAnyone, "C1"},
                    Planted{"KeepsCheckpoints", Bug::KeepsCheckpoints, "C1"},
                    Planted{"NoFence", Bug::NoFence, "I4"},
                    Planted{"GrantsTheOverdue", Bug::GrantsTheOverdue, "I13"},
                    Planted{"ExpiresEarly", Bug::ExpiresEarly, "I13"},
                    Planted{"ZeroIsNever", Bug::ZeroIsNever, "I13"}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace evalx::queue::simulation
