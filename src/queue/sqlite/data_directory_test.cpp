#include "queue/sqlite/data_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "queue/sqlite/scratch_test.hpp"

namespace evalx::queue::sqlite {
namespace {

TEST(DataDirectory, IsCreatedIfItIsMissing) {
  const Scratch scratch;
  const auto owned = DataDirectory::own(scratch.path() / "a" / "b");
  ASSERT_TRUE(owned) << owned.error().what;
  EXPECT_TRUE(std::filesystem::is_directory(scratch.path() / "a" / "b"));
}

TEST(DataDirectory, HasOneOwnerWhichIsNamedToTheSecond) {
  const Scratch scratch;
  {
    const auto first = DataDirectory::own(scratch.path());
    ASSERT_TRUE(first);
    const auto second = DataDirectory::own(scratch.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, std::errc::device_or_resource_busy);
    EXPECT_EQ(second.error().what, scratch.path().string() + " is in use by another evalx (pid " +
                                       std::to_string(::getpid()) + ")");
  }
  EXPECT_TRUE(DataDirectory::own(scratch.path())) << "the first owner has released it";
}

TEST(DataDirectory, IsOwnedAlthoughOthersLookAtIt) {
  const Scratch scratch;
  ASSERT_TRUE(DataDirectory::own(scratch.path()));
  std::jthread looker{[&](const std::stop_token& stop) {
    while (!stop.stop_requested()) DataDirectory::is_owned(scratch.path());
  }};
  for (int i = 0; i < 500; ++i) {
    const auto owned = DataDirectory::own(scratch.path());
    ASSERT_TRUE(owned) << owned.error().what;
  }
}

TEST(DataDirectory, ReportsWhyItCannotBeCreated) {
  const auto owned = DataDirectory::own("/proc/evalx");
  ASSERT_FALSE(owned);
  EXPECT_NE(owned.error().what.find("/proc/evalx"), std::string::npos);
}

TEST(DataDirectory, TheReserveOccupiesSpaceUntilItIsGivenUp) {
  const Scratch scratch;
  const auto owned = DataDirectory::own(scratch.path());
  ASSERT_TRUE(owned);
  ASSERT_TRUE(owned->keep_reserve());
  ASSERT_TRUE(owned->keep_reserve()) << "a second call changes nothing";
  struct stat reserve {};
  ASSERT_EQ(::stat((scratch.path() / "reserve").c_str(), &reserve), 0);
  EXPECT_GE(Bytes{static_cast<std::uint64_t>(reserve.st_blocks) * 512}, DataDirectory::kReserve);
  owned->give_up_reserve();
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "reserve"));
}

}  // namespace
}  // namespace evalx::queue::sqlite
