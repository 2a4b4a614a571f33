#include "finding.hpp"

#include <gtest/gtest.h>

namespace evalx::app {
namespace {

using State = Finding::State;

const Finding kGood = Finding::good("clock", "tsc");
const Finding kReduced{"swap", State::Reduced, "on", "limits are soft", "swapoff -a"};
const Finding kMissing{"root", State::Missing, "uid 7", "no sandboxes", "sudo evalx doctor"};

TEST(Findings, AreALineEachWithTheCureBelowWhatIsWrong) {
  EXPECT_EQ(show_findings({kGood, kMissing}, Paint::plain()),
            "✓ clock  tsc\n"
            "✗ root   uid 7\n"
            "         without it: no sandboxes\n"
            "         to fix it:  sudo evalx doctor\n"
            "\n"
            "evalX does not work here: 1 missing\n");
}

TEST(Findings, TellWhatIsMissingFromWhatIsReduced) {
  EXPECT_TRUE(is_anything_missing({kReduced, kMissing}));
  EXPECT_FALSE(is_anything_missing({kGood, kReduced}));
  EXPECT_NE(show_findings({kGood, kReduced}, Paint::plain()).find("works here; 1 could be better"),
            std::string::npos);
}

TEST(Findings, AreJsonForMachines) {
  EXPECT_EQ(findings_json({kGood, kReduced}),
            R"([{"name":"clock","state":"good","found":"tsc","loss":null,"fix":null},)"
            R"({"name":"swap","state":"reduced","found":"on","loss":"limits are soft",)"
            R"("fix":"swapoff -a"}])");
}

}  // namespace
}  // namespace evalx::app
