#include "http/input_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace evalx::http {
namespace {

void receive(InputBuffer& buffer, std::string_view bytes) {
  const std::span<char> room = buffer.room(bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  buffer.received(bytes.size());
}

TEST(InputBuffer, KeepsUnconsumedBytesWhileItGrowsAndMoves) {
  InputBuffer buffer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string bytes(static_cast<std::size_t>(i % 97), static_cast<char>('a' + i % 26));
    receive(buffer, bytes);
    expected += bytes;
    const std::size_t eaten = std::min<std::size_t>(expected.size(), 45);
    buffer.consume(eaten);
    expected.erase(0, eaten);
    ASSERT_EQ(buffer.view(), expected) << i;
  }
}

TEST(InputBuffer, IsEmptyAfterTrimming) {
  InputBuffer buffer;
  receive(buffer, std::string(100'000, 'x'));
  buffer.trim();
  EXPECT_EQ(buffer.view().size(), 100'000U) << "bytes that came are never dropped";
  buffer.consume(100'000);
  buffer.trim();
  EXPECT_TRUE(buffer.empty());
  receive(buffer, "again");
  EXPECT_EQ(buffer.view(), "again");
}

}  // namespace
}  // namespace evalx::http
