#include "doctor/timing_rules.hpp"

#include <gtest/gtest.h>

namespace evalx::doctor {
namespace {

using State = Finding::State;

TimingFacts fair() {
  TimingFacts facts;
  facts.cpus = 4;
  facts.sandboxes = 4;
  facts.clock = "tsc";
  facts.huge_pages = "madvise";
  facts.turbo = false;
  facts.governor = "performance";
  return facts;
}

/// The names of the findings that are not good.
std::vector<std::string> worse(const TimingFacts& facts) {
  std::vector<std::string> names;
  for (const Finding& finding : judge_timing(facts)) {
    EXPECT_EQ(finding.need, Finding::Need::Optional) << "timing never keeps evalX from starting";
    if (finding.state != State::Good) names.push_back(finding.name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(TimingRules, AreAllGoodForASteadyMachine) {
  EXPECT_EQ(worse(fair()), Names{});
  TimingFacts unknown;
  EXPECT_EQ(worse(unknown), Names{});
}

TEST(TimingRules, NameWhatMakesTimesVary) {
  TimingFacts facts = fair();
  facts.turbo = true;
  EXPECT_EQ(worse(facts), Names{"turbo"});
  facts = fair();
  facts.huge_pages = "always";
  EXPECT_EQ(worse(facts), Names{"huge pages"});
  facts = fair();
  facts.governor = "powersave";
  EXPECT_EQ(worse(facts), Names{"CPU governor"});
  facts = fair();
  facts.clock = "hpet";
  EXPECT_EQ(worse(facts), Names{"clock"});
  facts = fair();
  facts.sandboxes = 5;
  EXPECT_EQ(worse(facts), Names{"CPUs"});
}

}  // namespace
}  // namespace evalx::doctor
