#include "worker/kept_tests.hpp"

#include <gmock/gmock.h>

#include "submission/encode.hpp"

namespace evalx::worker {
namespace {

using submission::TestReport;
using submission::Verdict;
using testing::ElementsAre;

std::string part(const std::string& program, std::initializer_list<std::size_t> tests,
                 Verdict verdict = Verdict::Accepted) {
  submission::Checkpoint checkpoint;
  checkpoint.program = program;
  for (const std::size_t index : tests) {
    TestReport report;
    report.index = index;
    report.verdict = verdict;
    report.out = {"out of " + std::to_string(index), 1000};
    checkpoint.tests.push_back(std::move(report));
  }
  return submission::encode_checkpoint(checkpoint);
}

std::vector<std::size_t> indexes(const std::vector<std::string>& parts) {
  const auto kept = kept_tests(parts, "p", 10);
  EXPECT_TRUE(kept);
  std::vector<std::size_t> indexes;
  for (const TestReport& report : kept.value_or(std::vector<TestReport>{})) {
    indexes.push_back(report.index);
    EXPECT_EQ(report.out.head, "out of " + std::to_string(report.index));
    EXPECT_EQ(report.out.total_bytes, 1000U);
  }
  return indexes;
}

TEST(KeptTests, ComeFromAllPartsInTheirOrder) {
  EXPECT_THAT(indexes({part("p", {3, 0}), part("p", {}), part("p", {2, 1})}),
              ElementsAre(3, 0, 2, 1));
}

TEST(KeptTests, APartThatIsStoredTwiceCountsOnce) {
  EXPECT_THAT(indexes({part("p", {3, 0}), part("p", {3, 0}), part("p", {1})}),
              ElementsAre(3, 0, 1));
}

TEST(KeptTests, NoneAreKeptFromBeforeAnotherProgramRan) {
  EXPECT_THAT(indexes({part("p", {0}), part("other", {1})}), ElementsAre());
  EXPECT_THAT(indexes({part("p", {0}), part("other", {}), part("p", {2})}), ElementsAre(2));
  EXPECT_THAT(indexes({part("other", {0, 1}), part("p", {1})}), ElementsAre(1));
}

TEST(KeptTests, APartThatCannotBeReadOrCannotBeTrueEndsTheReading) {
  const std::string good = part("p", {0});
  for (const std::string& bad :
       {std::string{"no JSON"}, std::string{R"({"program":"p"})"}, std::string{}, part("p", {10}),
        part("p", {1}, Verdict::Cancelled), part("p", {1}, Verdict::Skipped),
        part("p", {1}, Verdict::InternalError)}) {
    EXPECT_FALSE(kept_tests({good, bad}, "p", 10)) << bad;
  }
}

}  // namespace
}  // namespace evalx::worker
