#include "kernel/room.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace evalx::kernel {
namespace {

namespace fs = std::filesystem;
using Of = FoundLimit::Of;

/// Control files as they were read on machines, in a folder of any file system.
class RoomTest : public ::testing::Test {
 protected:
  RoomTest() {
    std::string name = ::testing::TempDir() + "room-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~RoomTest() override { fs::remove_all(folder_); }
  void write(const std::string& path, const char* text) const {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream{folder_ / path} << text;
  }
  [[nodiscard]] Room room(CgroupVersion version, const std::string& own) const {
    std::vector<FoundLimit> limits{{Of::Memory, mebibytes(8192).count, "this machine"},
                                   {Of::Processes, 32'768, "this machine"},
                                   {Of::Cpus, 4000, "this machine"}};
    const auto groups = limits_of_groups({{version, {}, folder_, folder_ / own}});
    limits.insert(limits.end(), groups.begin(), groups.end());
    return room_of(limits);
  }

  fs::path folder_;
};

TEST_F(RoomTest, IsThatOfTheMachineWithoutLimitsAroundIt) {
  write("a/memory.limit_in_bytes", "9223372036854771712\n");
  write("a/pids.max", "max\n");
  write("a/cpu.cfs_quota_us", "-1\n");
  write("a/cpu.cfs_period_us", "100000\n");
  const Room found = room(CgroupVersion::V1, "a");
  EXPECT_EQ(found.memory, mebibytes(8192));
  EXPECT_EQ(found.processes, 32'768U);
  EXPECT_EQ(found.cpu_thousandths, 4000U);
  EXPECT_EQ(found.limits.size(), 3U);
}

TEST_F(RoomTest, IsThatOfTheTightestGroupAlsoAtTheMountPoint) {
  write("memory.limit_in_bytes", "314572800\n");
  write("a/memory.limit_in_bytes", "524288000\n");
  write("a/pids.max", "100\n");
  write("a/b/cpu.cfs_quota_us", "30000\n");
  write("a/b/cpu.cfs_period_us", "100000\n");
  const Room found = room(CgroupVersion::V1, "a/b");
  EXPECT_EQ(found.memory, mebibytes(300));
  EXPECT_EQ(found.processes, 100U);
  EXPECT_EQ(found.cpu_thousandths, 300U);
  EXPECT_EQ(found.limits.size(), 7U);
}

TEST_F(RoomTest, KnowsTheFilesOfVersion2) {
  write("a/memory.max", "max\n");
  write("a/memory.high", "209715200\n");
  write("a/pids.max", "4915\n");
  write("a/cpu.max", "150000 100000\n");
  write("a/b/cpu.max", "max 100000\n");
  const Room found = room(CgroupVersion::V2, "a/b");
  EXPECT_EQ(found.memory, mebibytes(200));
  EXPECT_EQ(found.processes, 4915U);
  EXPECT_EQ(found.cpu_thousandths, 1500U);
}

TEST(Room, IsKnownOnThisMachine) {
  const Room found = look_at_room();
  EXPECT_GT(found.memory, mebibytes(16));
  EXPECT_GT(found.processes, 16U);
  EXPECT_GT(found.cpu_thousandths, 0U);
}

}  // namespace
}  // namespace evalx::kernel
