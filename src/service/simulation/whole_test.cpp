#include "service/simulation/whole.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <iostream>

namespace evalx::service::simulation {
namespace {

/// EVALX_SEED=N runs one seed and prints its history; EVALX_SEEDS=N runs N seeds.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::vector<std::string> lines_of(const Outcome& outcome) {
  std::vector<std::string> lines;
  for (const auto& event : outcome.history) lines.push_back(to_line(event));
  return lines;
}

TEST(Whole, AServerKeepsItsPromisesToClients) {
  const bool prints = std::getenv("EVALX_SEED") != nullptr;
  const std::uint64_t first = from_environment("EVALX_SEED", 1);
  const std::uint64_t count = prints ? 1 : from_environment("EVALX_SEEDS", 40);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome outcome = simulate_server({.seed = seed});
    if (prints) {
      for (const std::string& line : lines_of(outcome)) std::cout << line << "\n";
    }
    ASSERT_THAT(outcome.violations, testing::IsEmpty()) << "repeat with EVALX_SEED=" << seed;
  }
}

TEST(Whole, ASeedYieldsTheSameHistoryTwice) {
  for (const std::uint64_t seed : {7, 8}) {
    EXPECT_EQ(lines_of(simulate_server({.seed = seed})), lines_of(simulate_server({.seed = seed})));
  }
}

struct Planted {
  const char* name;
  Bug bug;
  std::vector<const char*> promises;  ///< The bug breaks one of these.
};

class PlantedBug : public testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsFound) {
  constexpr std::uint64_t kSeedsMax = 20;
  for (std::uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
    for (const std::string& violation :
         simulate_server({.seed = seed, .bug = GetParam().bug}).violations) {
      for (const char* promise : GetParam().promises) {
        if (!violation.starts_with(promise)) continue;
        std::cout << GetParam().name << ": found by seed " << seed << ": " << violation << "\n";
        return;
      }
    }
  }
  FAIL() << "not found by " << kSeedsMax << " seeds";
}

INSTANTIATE_TEST_SUITE_P(
    Whole, PlantedBug,
    testing::Values(Planted{"SkipsAnEvent", Bug::SkipsAnEvent, {"S1"}},
                    Planted{"LosesAnEvent", Bug::LosesAnEvent, {"S4"}},
                    Planted{"RepeatsKeptTests", Bug::RepeatsKeptTests, {"S2"}},
                    Planted{"ContinuesByNumber", Bug::ContinuesByNumber, {"S1", "S4"}},
                    Planted{"FinishesWithoutVerdict", Bug::FinishesWithoutVerdict, {"S3"}},
                    Planted{"NeverFinishes", Bug::NeverFinishes, {"S3"}},
                    Planted{"AnswersBeforeCommit", Bug::AnswersBeforeCommit, {"A1", "I1"}},
                    Planted{"RefusesWhatIsStored", Bug::RefusesWhatIsStored, {"A2"}}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace evalx::service::simulation
