#include "doctor/processor_facts.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace evalx::doctor {
namespace {

/// A folder with the files of /proc and /sys that a test writes.
class ProcessorFactsTest : public testing::Test {
 protected:
  ProcessorFactsTest() : root_(::mkdtemp(std::string{"/tmp/evalx-processor-XXXXXX"}.data())) {}
  ~ProcessorFactsTest() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path whole{root_ + path};
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream{whole} << text;
  }
  [[nodiscard]] ProcessorFacts look() const { return look_at_processor(root_); }

  const std::string kCpu = "/sys/devices/system/cpu/";

 private:
  std::string root_;
};

TEST_F(ProcessorFactsTest, AreEmptyWhereNothingIsShown) {
  const ProcessorFacts facts = look();
  EXPECT_TRUE(facts.vulnerabilities.empty());
  EXPECT_FALSE(facts.smt.has_value());
  EXPECT_EQ(facts.smt_control, "");
  EXPECT_FALSE(facts.is_guest || facts.mitigations_are_off);
}

TEST_F(ProcessorFactsTest, ListVulnerabilitiesByName) {
  write(kCpu + "vulnerabilities/spectre_v2", "Mitigation: Retpolines; STIBP: disabled\n");
  write(kCpu + "vulnerabilities/mds", "Not affected\n");
  write(kCpu + "vulnerabilities/empty", "");
  const auto found = look().vulnerabilities;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "mds");
  EXPECT_EQ(found[0].state, "Not affected");
  EXPECT_EQ(found[1].state, "Mitigation: Retpolines; STIBP: disabled");
}

TEST_F(ProcessorFactsTest, ReadHowCoresAreShared) {
  write(kCpu + "smt/active", "1\n");
  write(kCpu + "smt/control", "on\n");
  EXPECT_EQ(look().smt, true);
  EXPECT_EQ(look().smt_control, "on");
  write(kCpu + "smt/active", "0\n");
  write(kCpu + "smt/control", "forceoff\n");
  EXPECT_EQ(look().smt, false);
  EXPECT_EQ(look().smt_control, "forceoff");
}

TEST_F(ProcessorFactsTest, FindOnlyWholeWords) {
  write("/proc/cmdline", "root=/dev/vda mitigations=off,nosmt quiet\n");
  write("/proc/cpuinfo", "model name\t: hypervisor2\n");
  EXPECT_FALSE(look().mitigations_are_off || look().is_guest);
  write("/proc/cmdline", "root=/dev/vda mitigations=off\n");
  write("/proc/cpuinfo", "flags\t\t: fpu hypervisor lahf_lm\n");
  EXPECT_TRUE(look().mitigations_are_off && look().is_guest);
}

TEST_F(ProcessorFactsTest, AskThisKernelAboutCoreScheduling) {
  const Tried answer = look().core_scheduling;
  EXPECT_TRUE(answer == 0 || answer == ENODEV || answer == EINVAL) << answer;
}

}  // namespace
}  // namespace evalx::doctor
