#include "queue/simulation/checkpoint_check.hpp"

#include <gmock/gmock.h>

namespace evalx::queue::simulation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Violations of(std::initializer_list<const char*> lines) {
  History history;
  for (const char* line : lines) {
    const auto event = from_line(line);
    EXPECT_TRUE(event) << line;
    if (event) history.push_back(*event);
  }
  return check_checkpoints(history);
}

TEST(CheckpointCheck, FindsNoFaultInAGoodHistory) {
  EXPECT_THAT(of({"2 granted job=a lease=1 at=1", "3 saving job=a lease=1 result=11",
                  "4 saved job=a lease=1 result=11", "5 saving job=a lease=1 result=12",
                  "7 granted job=a lease=2 at=6", "7 resumed job=a lease=2 result=11",
                  "7 resumed job=a lease=2 result=11", "7 resumed job=a lease=2 result=12",
                  "8 saving job=a lease=2 result=21", "9 saving job=a lease=1 result=13",
                  "12 granted job=a lease=3 at=11", "12 resumed job=a lease=3 result=11",
                  "12 resumed job=a lease=3 result=12", "13 redriven job=a",
                  "15 granted job=a lease=4 at=14"}),
              IsEmpty());
}

TEST(CheckpointCheck, FindsMissingAndForeignParts) {
  EXPECT_THAT(of({"2 granted job=a lease=1", "3 saving job=a lease=1 result=11",
                  "4 saved job=a lease=1 result=11", "5 granted job=a lease=2"}),
              ElementsAre("C1 a did not get what had been saved"));
  EXPECT_THAT(of({"2 granted job=a lease=1", "2 resumed job=a lease=1 result=9"}),
              ElementsAre("C1 a got a part that was not saved"));
}

TEST(CheckpointCheck, FindsPartsSavedAfterTheLeaseWasLost) {
  EXPECT_THAT(
      of({"2 granted job=a lease=1", "3 saving job=a lease=1 result=11", "4 granted job=a lease=2",
          "5 granted job=a lease=3", "5 resumed job=a lease=3 result=11"}),
      ElementsAre("C1 a got what was saved after the lease was lost"));
  EXPECT_THAT(of({"2 granted job=a lease=1", "3 saving job=a lease=1 result=11",
                  "4 granted job=a lease=2", "4 resumed job=a lease=2 result=11",
                  "5 saving job=a lease=2 result=21", "6 saving job=a lease=1 result=12",
                  "7 granted job=a lease=3", "7 resumed job=a lease=3 result=11",
                  "7 resumed job=a lease=3 result=21", "7 resumed job=a lease=3 result=12"}),
              ElementsAre("C1 a got what was saved behind another's back"));
}

TEST(CheckpointCheck, FindsPartsThatOutliveTheEndOrAreOutOfOrder) {
  EXPECT_THAT(of({"2 granted job=a lease=1", "3 saving job=a lease=1 result=11", "4 redriven job=a",
                  "5 granted job=a lease=2", "5 resumed job=a lease=2 result=11"}),
              ElementsAre("C1 a got what was saved before it ended"));
  EXPECT_THAT(of({"2 granted job=a lease=1", "3 saving job=a lease=1 result=11",
                  "4 saving job=a lease=1 result=12", "5 granted job=a lease=2",
                  "5 resumed job=a lease=2 result=12", "5 resumed job=a lease=2 result=11"}),
              ElementsAre("C1 a got parts out of order"));
}

}  // namespace
}  // namespace evalx::queue::simulation
