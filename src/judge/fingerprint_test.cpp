#include "judge/fingerprint.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "judge/kept_report.hpp"
#include "kernel/memory_file.hpp"
#include "sandbox/pack.hpp"

namespace evalx::judge {
namespace {

sandbox::PackFd program(const std::string& content) {
  return std::make_shared<const kernel::Fd>(sandbox::pack({{"main", content, true}}).value());
}

Candidate candidate() {
  Candidate candidate;
  candidate.program = program(std::string(1'000'000, 'x'));
  candidate.argv = {"/box/main", "a"};
  candidate.environment = {"A=b"};
  return candidate;
}

TEST(Fingerprint, IsEqualForEqualPrograms) {
  EXPECT_EQ(fingerprint(candidate()), fingerprint(candidate()));
  EXPECT_EQ(fingerprint(candidate()).size(), 64U);
}

TEST(Fingerprint, DiffersIfAnythingThatDecidesAVerdictDiffers) {
  const std::vector<std::function<void(Candidate&)>> changes{
      [](Candidate&) {},
      [](Candidate& c) { c.program = program(std::string(999'999, 'x') + "y"); },
      [](Candidate& c) {
        c.argv = {"/box/main", "b"};
      },
      [](Candidate& c) { c.argv = {"/box/main"}; },
      [](Candidate& c) {
        c.argv = {"/box/main", "a", "A=b"}, c.environment = {};
      },
      [](Candidate& c) { c.environment = {"A=c"}; },
      [](Candidate& c) { c.limits.cpu_time += Microseconds{1}; },
      [](Candidate& c) { c.limits.memory += Bytes{1}; },
      [](Candidate& c) { c.limits.processes += 1; },
      [](Candidate& c) { c.profile = SeccompProfile::Strict; },
      [](Candidate& c) { c.proc = sandbox::Proc::Shared; }};
  std::set<std::string> names;
  for (const auto& change : changes) {
    Candidate changed = candidate();
    change(changed);
    names.insert(fingerprint(changed));
  }
  EXPECT_EQ(names.size(), changes.size());
}

TEST(Fingerprint, IsTheSameWithAnotherReportBehindTheProgram) {
  const auto with = [](std::string_view behind) {
    Candidate one = candidate();
    one.program = std::make_shared<const kernel::Fd>(
        kernel::sealed_file("program", "program" + std::string(behind)).value());
    return fingerprint(one);
  };
  submission::CompileReport report;
  report.cpu_time = Microseconds{5};
  EXPECT_EQ(with(bytes_of(report)), with(""));
  EXPECT_NE(with("x"), with(""));
}

TEST(Fingerprint, IsEmptyIfTheProgramCannotBeRead) {
  Candidate none = candidate();
  none.program = std::make_shared<const kernel::Fd>();
  EXPECT_EQ(fingerprint(none), "");
}

}  // namespace
}  // namespace evalx::judge
