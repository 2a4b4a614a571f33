#include "sandbox/native/peer.hpp"

#include <gtest/gtest.h>

#include "kernel/seqpacket.hpp"
#include "sandbox/test_await.hpp"

namespace evalx::sandbox::native {
namespace {

constexpr Milliseconds kShort{40};
constexpr Milliseconds kLong{60'000};

class PeerTest : public testing::Test {
 protected:
  Result<Incoming> next(Milliseconds patience) {
    return await(loop_, peer_->next_message(buffer_, patience));
  }
  void answer(const Message& message) { ASSERT_TRUE(send(sockets_.second.get(), message)); }

  asio::io_context loop_{1};
  std::pair<kernel::Fd, kernel::Fd> sockets_ = kernel::seqpacket_pair().value();
  std::shared_ptr<Peer> peer_ = std::make_shared<Peer>(loop_, std::move(sockets_.first));
  MessageBuffer buffer_;
};

TEST_F(PeerTest, IsNotAwaitedLongerThanThePatience) {
  const auto silent = next(kShort);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, std::errc::timed_out);
}

TEST_F(PeerTest, ReadsMessagesWithinThePatience) {
  for (int i = 0; i < 3; ++i) {
    answer(Recycle{});
    const auto incoming = next(kLong);
    ASSERT_TRUE(incoming);
    EXPECT_TRUE(std::holds_alternative<Recycle>(incoming->message));
  }
}

TEST_F(PeerTest, ReportsAPeerThatClosedItsEnd) {
  sockets_.second = {};
  EXPECT_EQ(next(kLong).error().code, std::errc::connection_reset);
}

/// A peer that reads nothing must not stop the event loop.
TEST_F(PeerTest, NeverWaitsToSend) {
  Result<> sent{};
  for (int i = 0; sent && i < 100'000; ++i) sent = peer_->send(Kill{});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, std::errc::resource_unavailable_try_again);
}

TEST_F(PeerTest, StillReadsAfterItEndedSending) {
  peer_->end_sending();
  MessageBuffer buffer;
  EXPECT_EQ(receive(sockets_.second.get(), buffer).error().code, std::errc::connection_reset);
  answer(Recycle{});
  EXPECT_TRUE(next(kLong));
}

}  // namespace
}  // namespace evalx::sandbox::native
