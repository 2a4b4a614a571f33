#include "service/language_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::service {
namespace {

using ::testing::HasSubstr;

/// The built-in languages, none of which was looked for on this machine.
class LanguageListTest : public testing::Test {
 protected:
  static worker::FleetSummary fleet_with(std::map<std::string, std::string> languages) {
    worker::FleetSummary fleet;
    fleet.workers = 1;
    fleet.together.emplace();
    fleet.together->languages = std::move(languages);
    return fleet;
  }

  language::Catalogue catalogue_ = language::Catalogue::load_builtin().value();
  CatalogueList list_{catalogue_};
};

TEST_F(LanguageListTest, FindsALanguageByIdAndAlias) {
  ASSERT_NE(list_.find("cpp"), nullptr);
  EXPECT_EQ(list_.find("cpp")->id, "cpp");
  ASSERT_FALSE(list_.find("cpp")->aliases.empty());
  EXPECT_EQ(list_.find(list_.find("cpp")->aliases.front())->id, "cpp");
  EXPECT_EQ(list_.find("cobol-85"), nullptr);
}

TEST_F(LanguageListTest, ShowsTheVersionsOfTheFleet) {
  list_.show(fleet_with({{"cpp", "12.2.0"}}));
  const auto cpp = list_.find("cpp");
  EXPECT_TRUE(cpp->available());
  EXPECT_EQ(cpp->version, "12.2.0");
  EXPECT_THAT(cpp->name, HasSubstr("12.2.0"));
}

TEST_F(LanguageListTest, RefusesALanguageThatNoWorkerHas) {
  list_.show(fleet_with({{"cpp", "12.2.0"}}));
  const auto rust = list_.find("rust");
  EXPECT_FALSE(rust->available());
  EXPECT_FALSE(rust->awaited);
  EXPECT_THAT(rust->missing, HasSubstr("no worker has it"));
  EXPECT_THAT(rust->missing, HasSubstr("Debian package"));
}

TEST_F(LanguageListTest, NamesTheProfileThatRulesALanguageOut) {
  worker::FleetSummary fleet = fleet_with({{"cpp", "12.2.0"}});
  fleet.together->seccomp_profile = SeccompProfile::Strict;
  list_.show(fleet);
  EXPECT_THAT(list_.find("python")->missing, HasSubstr("strict"));
}

TEST_F(LanguageListTest, TakesSubmissionsForWorkersThatAreYetToCome) {
  list_.show({});
  EXPECT_FALSE(list_.find("cpp")->available());
  EXPECT_TRUE(list_.find("cpp")->awaited);
}

TEST_F(LanguageListTest, TakesSubmissionsForWorkersThatDoNotReportTheirLanguages) {
  worker::FleetSummary fleet = fleet_with({{"cpp", "12.2.0"}});
  fleet.workers = 2;
  fleet.silent = 1;
  list_.show(fleet);
  EXPECT_TRUE(list_.find("rust")->awaited);
  EXPECT_TRUE(list_.find("cpp")->available());
}

TEST_F(LanguageListTest, KeepsAViewThatWasFoundBeforeAChange) {
  list_.show(fleet_with({{"cpp", "12.2.0"}}));
  const auto before = list_.find("cpp");
  list_.show({});
  EXPECT_EQ(before->version, "12.2.0");
}

TEST_F(LanguageListTest, AllowsTheCompilerOptionsOfTheCatalogueOnly) {
  const auto cpp = list_.find("cpp");
  EXPECT_TRUE(list_.allows_option(*cpp, "-O2"));
  EXPECT_FALSE(list_.allows_option(*cpp, "-fplugin=/tmp/x.so"));
}

}  // namespace
}  // namespace evalx::service
