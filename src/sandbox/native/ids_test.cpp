#include "sandbox/native/ids.hpp"

#include <gtest/gtest.h>

namespace evalx::sandbox::native {
namespace {

TEST(Ids, AreTheWantedOnesIfTheMachineHasThem) {
  EXPECT_EQ(place_ids("         0          0 4294967295\n", 1'999'999, 4097), 1'999'999U);
}

TEST(Ids, AreTheLastOnesOfAContainerThatHasFewer) {
  EXPECT_EQ(place_ids("0 100000 65536\n", 1'999'999, 4097), 65'536U - 4097U);
  EXPECT_EQ(place_ids("0 1000 1\n1 100000 65536\n", 1'999'999, 4097), 65'537U - 4097U);
}

TEST(Ids, AreNoneIfThereAreTooFew) {
  EXPECT_EQ(place_ids("0 1000 1\n", 1'999'999, 4097), std::nullopt);
  EXPECT_EQ(place_ids("", 0, 1), std::nullopt);
}

TEST(Ids, AreFoundInASubordinateRangeByNameOrNumber) {
  constexpr std::string_view kFile =
      "# a comment\nother:1:2\nme:100000:65536\nme:300000:1\n1001:5:6\n";
  EXPECT_EQ(find_subordinate(kFile, "me", 1000)->first, 100'000U);
  EXPECT_EQ(find_subordinate(kFile, "me", 1000)->count, 65'536U);
  EXPECT_EQ(find_subordinate(kFile, "unknown-name", 1001)->count, 6U);
  EXPECT_FALSE(find_subordinate(kFile, "unknown-name", 1000));
}

TEST(Ids, AreNotReadFromAMalformedLine) {
  for (const char* file : {"me", "me:", "me:1", "me:1:", "me:x:2", "me:1:2x", "me:-1:2", ":::"})
    EXPECT_FALSE(find_subordinate(file, "me", 1000)) << file;
}

}  // namespace
}  // namespace evalx::sandbox::native
