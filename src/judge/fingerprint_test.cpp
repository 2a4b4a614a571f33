#include "judge/fingerprint.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "sandbox/pack.hpp"

namespace evalx::judge {
namespace {

sandbox::PackFd program(const std::string& content) {
  return std::make_shared<const kernel::Fd>(sandbox::pack({{"main", content, true}}).value());
}

Trial trial() {
  Trial trial;
  trial.program = program(std::string(1'000'000, 'x'));
  trial.argv = {"/box/main", "a"};
  trial.environment = {"A=b"};
  trial.tests = {{"1", "1", {}}};
  return trial;
}

TEST(Fingerprint, IsEqualForEqualProgramsWhateverTheTestsAre) {
  Trial other = trial();
  other.tests = {{"2", "2", {}}, {"3", "3", {}}};
  EXPECT_EQ(fingerprint(trial()), fingerprint(other));
  EXPECT_EQ(fingerprint(trial()).size(), 64U);
}

TEST(Fingerprint, DiffersWithWhateverCouldChangeAVerdict) {
  const std::vector<std::function<void(Trial&)>> changes{
      [](Trial&) {},
      [](Trial& t) { t.program = program(std::string(999'999, 'x') + "y"); },
      [](Trial& t) {
        t.argv = {"/box/main", "b"};
      },
      [](Trial& t) { t.argv = {"/box/main"}; },
      [](Trial& t) {
        t.argv = {"/box/main", "a", "A=b"}, t.environment = {};
      },
      [](Trial& t) { t.environment = {"A=c"}; },
      [](Trial& t) { t.limits.cpu_time += Microseconds{1}; },
      [](Trial& t) { t.limits.memory += Bytes{1}; },
      [](Trial& t) { t.limits.processes += 1; },
      [](Trial& t) { t.profile = SeccompProfile::Strict; },
      [](Trial& t) { t.proc = sandbox::Proc::Shared; }};
  std::set<std::string> names;
  for (const auto& change : changes) {
    Trial changed = trial();
    change(changed);
    names.insert(fingerprint(changed));
  }
  EXPECT_EQ(names.size(), changes.size());
}

TEST(Fingerprint, OfAProgramThatCannotBeReadIsNone) {
  Trial none = trial();
  none.program = std::make_shared<const kernel::Fd>();
  EXPECT_EQ(fingerprint(none), "");
}

}  // namespace
}  // namespace evalx::judge
