#include "show/finding_list.hpp"

#include <gtest/gtest.h>

namespace evalx::app {
namespace {

const doctor::Finding kGood = doctor::good("clock", "tsc");
const doctor::Finding kReduced = doctor::reduced("swap", "on", "limits are soft", "swapoff -a");
const doctor::Finding kMissing =
    doctor::missing("root", "uid 7", "no sandboxes", "sudo evalx doctor");

TEST(FindingList, ShowsTheFixBelowAProblem) {
  EXPECT_EQ(show_findings({kGood, kMissing}, terminal::Paint::plain()),
            "✓ clock  tsc\n"
            "✗ root   uid 7\n"
            "         lost: no sandboxes\n"
            "         fix:  sudo evalx doctor\n"
            "\n"
            "evalX does not start here without --allow-weak: 1 missing\n");
}

TEST(FindingList, SumsUpReducedAndMissing) {
  EXPECT_NE(show_findings({kGood, kReduced}, terminal::Paint::plain())
                .find("works here; 1 could be better"),
            std::string::npos);
  EXPECT_NE(show_findings({kGood}, terminal::Paint::plain()).find("\nevalX works here\n"),
            std::string::npos);
}

TEST(FindingList, IsAlsoJson) {
  EXPECT_EQ(findings_json({kReduced}, {"native", "0.1.0"}),
            R"({"works":true,"engine":"native","engine_version":"0.1.0","mechanisms":[)"
            R"({"name":"swap","state":"reduced","required":false,"detail":"on",)"
            R"("lost":"limits are soft","fix":"swapoff -a"}]})");
  EXPECT_EQ(findings_json({kMissing}, {"isolate", ""}),
            R"({"works":false,"engine":"isolate","engine_version":null,"mechanisms":[)"
            R"({"name":"root","state":"missing","required":true,"detail":"uid 7",)"
            R"("lost":"no sandboxes","fix":"sudo evalx doctor"}]})");
}

}  // namespace
}  // namespace evalx::app
