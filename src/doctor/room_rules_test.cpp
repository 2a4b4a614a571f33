#include "doctor/room_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::doctor {
namespace {

using Of = kernel::FoundLimit::Of;
using ::testing::HasSubstr;
using State = Finding::State;

RoomFacts facts_of(Bytes memory, std::uint64_t processes, std::uint64_t cpus) {
  RoomFacts facts;
  facts.room = kernel::room_of({{Of::Memory, mebibytes(8192).count, "this machine"},
                                {Of::Memory, memory.count, "/cg/memory.max"},
                                {Of::Processes, processes, "/cg/pids.max"},
                                {Of::Cpus, 4000, "this machine"},
                                {Of::Cpus, cpus, "/cg/cpu.max"}});
  facts.sandboxes = 2;
  facts.memory_budget = mebibytes(200);
  return facts;
}

TEST(RoomRules, ListEveryLimitThatWasFound) {
  const Findings findings = judge_room(facts_of(mebibytes(2048), 500, 2000));
  ASSERT_EQ(findings.size(), 3U);
  for (const Finding& finding : findings) EXPECT_EQ(finding.state, State::Good) << finding.name;
  EXPECT_EQ(findings[0].detail, "8192 MiB (this machine), 2048 MiB (/cg/memory.max)");
  EXPECT_EQ(findings[1].detail, "500 (/cg/pids.max)");
  EXPECT_EQ(findings[2].detail, "4.00 (this machine), 2.00 (/cg/cpu.max)");
}

TEST(RoomRules, SayWhatIsLostInASmallContainer) {
  const Findings findings = judge_room(facts_of(mebibytes(300), 100, 300));
  EXPECT_THAT(findings[0].lost, HasSubstr("compilers"));
  EXPECT_THAT(findings[1].detail, HasSubstr("198 needed for 2 sandboxes"));
  EXPECT_THAT(findings[2].lost, HasSubstr("throttled"));
  for (const Finding& finding : findings) EXPECT_EQ(finding.state, State::Reduced);
}

TEST(RoomRules, NameABudgetAboveTheLimit) {
  RoomFacts facts = facts_of(mebibytes(2048), 500, 2000);
  facts.memory_budget = mebibytes(4096);
  EXPECT_EQ(judge_room(facts)[0].fix, "set memory_budget_mb to less than 2048");
}

}  // namespace
}  // namespace evalx::doctor
