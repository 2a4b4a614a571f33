#include "service/resource_limits.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "language/catalogue.hpp"

namespace evalx::service {
namespace {

TEST(ResourceLimits, RaiseTheSoftLimitsThatProgramsInherit) {
  EXPECT_EXIT(
      {
        for (const auto id : {RLIMIT_NOFILE, RLIMIT_CPU, RLIMIT_AS}) {
          rlimit limit{};
          ::getrlimit(id, &limit);
          limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, id == RLIMIT_NOFILE ? 64 : 1UL << 40);
          ::setrlimit(id, &limit);
        }
        raise_resource_limits();
        bool is_good = true;
        for (const auto id : {RLIMIT_NOFILE, RLIMIT_CPU, RLIMIT_AS}) {
          rlimit limit{};
          ::getrlimit(id, &limit);
          is_good = is_good && limit.rlim_cur == limit.rlim_max;
        }
        ::_exit(is_good ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(ResourceLimits, NameWhatTheCatalogueNeeds) {
  const auto found = look_at_resources();
  const auto files = std::find_if(found.begin(), found.end(),
                                  [](const auto& limit) { return limit.name == "nofile"; });
  ASSERT_NE(files, found.end());
  EXPECT_EQ(files->needed, 4096U);
}

TEST(ResourceLimits, LeaveRoomForTheStackOfEveryLanguage) {
  const auto catalogue = language::Catalogue::load_builtin();
  ASSERT_TRUE(catalogue);
  for (const language::Language& language : catalogue->list()) {
    EXPECT_LE(language.allowance.memory, mebibytes(1024)) << language.id;
  }
}

}  // namespace
}  // namespace evalx::service
