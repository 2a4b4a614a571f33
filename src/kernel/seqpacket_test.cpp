#include "kernel/seqpacket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

namespace evalx::kernel {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

TEST(Seqpacket, SendsPartsAsOneMessageWithDescriptors) {
  auto pair = seqpacket_pair();
  ASSERT_TRUE(pair);
  const std::array parts{bytes_of("ab"), bytes_of("cd")};
  const std::array fds{0, 1};
  ASSERT_TRUE(send_message(pair->first.get(), parts, fds));
  std::array<std::byte, 16> buffer{};
  const auto received = receive_message(pair->second.get(), buffer, 0);
  ASSERT_TRUE(received) << received.error().what;
  EXPECT_EQ(std::string(reinterpret_cast<char*>(buffer.data()), received->size), "abcd");
  EXPECT_EQ(received->fds.size(), 2U);
}

TEST(Seqpacket, RefusesAMessageLargerThanTheBuffer) {
  auto pair = seqpacket_pair();
  ASSERT_TRUE(pair);
  const std::array parts{bytes_of("too long")};
  ASSERT_TRUE(send_message(pair->first.get(), parts));
  std::array<std::byte, 4> buffer{};
  EXPECT_EQ(receive_message(pair->second.get(), buffer, 0).error().code, std::errc::message_size);
}

TEST(Seqpacket, ReportsThatThePeerHasClosedItsEnd) {
  auto pair = seqpacket_pair();
  ASSERT_TRUE(pair);
  pair->first = Fd{};
  std::array<std::byte, 4> buffer{};
  EXPECT_EQ(receive_message(pair->second.get(), buffer, 0).value().size, 0U);
  const std::array parts{bytes_of("x")};
  EXPECT_EQ(send_message(pair->second.get(), parts).error().code, std::errc::broken_pipe);
}

}  // namespace
}  // namespace evalx::kernel
