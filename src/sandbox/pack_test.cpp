#include "sandbox/pack.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/file.hpp"
#include "sandbox/test_unpack.hpp"

namespace evalx::sandbox {
namespace {

kernel::Fd file_with(std::string_view bytes) {
  kernel::Fd fd{::memfd_create("test", MFD_CLOEXEC)};
  EXPECT_TRUE(kernel::write_all(fd.get(), bytes));
  return fd;
}

TEST(Pack, GivesBackItsFiles) {
  const auto packed = pack({{"main", std::string("\0x", 2), true}, {"a/b.txt", ""}});
  ASSERT_TRUE(packed) << packed.error().what;
  const auto files = unpack(packed->get());
  ASSERT_TRUE(files) << files.error().what;
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ((*files)[0].path, "main");
  EXPECT_TRUE((*files)[0].executable);
  EXPECT_EQ((*files)[0].content, std::string("\0x", 2));
  EXPECT_EQ((*files)[1].path, "a/b.txt");
  EXPECT_FALSE((*files)[1].executable);
}

TEST(Pack, CannotBeChangedOnceMade) {
  const auto packed = pack({{"main", "x", true}});
  ASSERT_TRUE(packed);
  EXPECT_EQ(::pwrite(packed->get(), "y", 1, 0), -1);
  EXPECT_EQ(::ftruncate(packed->get(), 0), -1);
}

TEST(Pack, RefusesPathsThatLeaveTheFolder) {
  for (const char* path : {"", "/etc/passwd", "../x", "a/../x", "a//b", "./a", "a/"}) {
    EXPECT_FALSE(pack({{path, ""}})) << path;
  }
}

TEST(Pack, RefusesATruncatedPackAndIgnoresWhatIsBehindIt) {
  const auto packed = pack({{"main", "four", true}, {"b", "x"}});
  ASSERT_TRUE(packed);
  std::string bytes(static_cast<std::size_t>(::lseek(packed->get(), 0, SEEK_END)), '\0');
  ASSERT_EQ(::pread(packed->get(), bytes.data(), bytes.size(), 0),
            static_cast<ssize_t>(bytes.size()));
  ASSERT_TRUE(pack_entries(file_with(bytes).get()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(pack_entries(file_with(bytes.substr(0, size)).get())) << size;
  }
  const auto longer = pack_entries(file_with(bytes + "x").get());
  ASSERT_TRUE(longer);
  EXPECT_EQ(longer->back().size, 1U);
}

TEST(Pack, SurvivesEveryFlippedByteOfItsHead) {
  const auto packed = pack({{"main", "four", true}});
  ASSERT_TRUE(packed);
  std::string bytes(static_cast<std::size_t>(::lseek(packed->get(), 0, SEEK_END)), '\0');
  ASSERT_GT(::pread(packed->get(), bytes.data(), bytes.size(), 0), 0);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int bit : {0x01, 0x80, 0xFF}) {
      std::string broken = bytes;
      broken[at] = static_cast<char>(broken[at] ^ bit);
      const auto entries = pack_entries(file_with(broken).get());
      if (!entries) continue;
      for (const PackEntry& entry : *entries) EXPECT_TRUE(is_safe_path(entry.path));
    }
  }
}

}  // namespace
}  // namespace evalx::sandbox
