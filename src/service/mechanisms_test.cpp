#include "service/mechanisms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/host_rules.hpp"

namespace evalx::service {
namespace {

using ::testing::HasSubstr;

const doctor::Findings kFindings{
    doctor::good("clone3", "available"),
    doctor::reduced("swap", "on", "limits are less exact", "swapoff -a"),
    doctor::missing("cgroups", "not writable", "limits per process", "run as root"),
};

TEST(Mechanisms, RefuseAStartWithoutARequiredOne) {
  const auto checked = check_mechanisms(kFindings, {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, std::errc::not_supported);
  EXPECT_EQ(checked.error().what,
            "cgroups is missing (not writable): limits per process; to fix it: run as root");
}

TEST(Mechanisms, AreRefusedInOneLineAtATerminal) {
  const doctor::Findings two{doctor::missing("cgroups", "EACCES", "limits", "start with sudo"),
                             doctor::missing("cgroup pids", "EACCES", "limits", "another fix")};
  const auto checked = check_mechanisms_briefly(two, {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().what,
            "cgroups are missing; to fix it: start with sudo; evalx doctor explains, "
            "--allow-weak starts without");
  config::Settings settings;
  settings.allow_weak = true;
  EXPECT_TRUE(check_mechanisms_briefly(two, settings));
}

TEST(Mechanisms, SayThatAnInheritedLimitIsTooLowAndWhich) {
  const doctor::Findings low{doctor::missing(doctor::kInheritedLimits, "open files: hard limit 32",
                                             "runs fail", "remove them")};
  EXPECT_EQ(check_mechanisms_briefly(low, {}).error().what,
            "inherited limits are too low (open files: hard limit 32); to fix it: remove them; "
            "evalx doctor explains, --allow-weak starts without");
  EXPECT_THAT(check_mechanisms(low, {}).error().what,
              HasSubstr("inherited limits are too low (open files: hard limit 32): runs fail"));
}

TEST(Mechanisms, NameTheDoctorOnceInALine) {
  const auto checked = check_mechanisms_briefly(
      {doctor::missing("cgroups", "EACCES", "limits", "start as root; evalx doctor shows more")}, {});
  EXPECT_EQ(checked.error().what,
            "cgroups are missing; to fix it: start as root; evalx doctor shows more; --allow-weak "
            "starts without");
}

TEST(Mechanisms, AllowAWeakStartIfConfigured) {
  config::Settings settings;
  settings.allow_weak = true;
  EXPECT_TRUE(check_mechanisms(kFindings, settings));
}

TEST(Mechanisms, AllowAStartThatIsOnlyReduced) {
  EXPECT_TRUE(check_mechanisms({kFindings[0], kFindings[1]}, {}));
}

TEST(Mechanisms, NameTheLanguagesThatAreMissingAndTheirFix) {
  const auto catalogue = language::Catalogue::load_builtin().value();
  Machine machine;
  EXPECT_EQ(examine_languages(catalogue, machine).state, doctor::Finding::State::Good);
  auto strict = language::Catalogue::load_builtin().value();
  strict.restrict_to(SeccompProfile::Strict);
  const doctor::Finding on_host = examine_languages(strict, machine);
  EXPECT_EQ(on_host.state, doctor::Finding::State::Reduced);
  EXPECT_THAT(on_host.lost, HasSubstr("python"));
  EXPECT_THAT(on_host.fix, HasSubstr("scripts/install-languages"));
  machine.container = "docker";
  EXPECT_THAT(examine_languages(strict, machine).fix, HasSubstr("EVALX_LANGUAGES"));
}

}  // namespace
}  // namespace evalx::service
