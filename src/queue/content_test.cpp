#include "queue/content.hpp"

#include <gtest/gtest.h>

namespace evalx::queue {
namespace {

TEST(Content, ASealShowsEveryFlippedBitBehindIt) {
  const std::string stored = sealed(R"({"tests":[]})");
  ASSERT_EQ(unsealed(stored), R"({"tests":[]})");
  for (std::size_t at = 1; at < stored.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = stored;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      EXPECT_EQ(unsealed(flipped), std::nullopt) << at;
    }
  }
  EXPECT_EQ(unsealed(stored.substr(0, 20)), std::nullopt);
  EXPECT_EQ(unsealed("\x02"), std::nullopt);
}

TEST(Content, WithoutASealNothingIsChecked) {
  EXPECT_EQ(unsealed(""), "");
  EXPECT_EQ(unsealed("{}"), "{}");
}

TEST(Content, ASealMayBeInASeal) {
  EXPECT_EQ(unsealed(*unsealed(sealed(sealed("x")))), "x");
  EXPECT_EQ(unsealed(sealed("")), "");
}

}  // namespace
}  // namespace evalx::queue
