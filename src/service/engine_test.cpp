#include "service/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::service {
namespace {

TEST(Engine, RefusesAProfileThatIsolateDoesNotHave) {
  asio::io_context loop{1};
  const SystemClock clock;
  config::Settings settings;
  settings.sandbox = config::SandboxKind::Isolate;
  settings.seccomp_profile = SeccompProfile::Strict;
  const auto engine = Engine::start(loop, settings, {"/nowhere"}, clock);
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, std::errc::not_supported);
  EXPECT_THAT(engine.error().what, testing::HasSubstr("seccomp_profile strict needs sandbox"));
}

TEST(Engine, NamesAFolderOfLanguagesThatDoesNotExist) {
  asio::io_context loop{1};
  const SystemClock clock;
  config::Settings settings;
  settings.languages_dir = "/nowhere/languages";
  const auto engine = Engine::start(loop, settings, {"/nowhere"}, clock);
  ASSERT_FALSE(engine);
  EXPECT_THAT(engine.error().what, testing::HasSubstr("/nowhere/languages"));
}

}  // namespace
}  // namespace evalx::service
