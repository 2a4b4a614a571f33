#include "queue/redis/reply.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::redis {
namespace {

TEST(Reply, IsReadByteByByte) {
  const std::string bytes = "*3\r\n:-7\r\n$-1\r\n*2\r\n$3\r\na\r\n\r\n-ERR no\r\n+OK\r\n";
  Decoder decoder;
  std::vector<Reply> replies;
  for (const char byte : bytes) {
    ASSERT_TRUE(decoder.feed({&byte, 1}));
    auto reply = decoder.next();
    ASSERT_TRUE(reply);
    if (*reply) replies.push_back(**std::move(reply));
  }
  ASSERT_EQ(replies.size(), 2U);
  EXPECT_EQ(replies[0].at(0).integer, -7);
  EXPECT_EQ(replies[0].at(1).kind, Reply::Kind::Nil);
  EXPECT_EQ(replies[0].at(2).at(0).text, "a\r\n");
  EXPECT_EQ(replies[0].at(2).at(1).kind, Reply::Kind::Error);
  EXPECT_EQ(replies[0].at(9).kind, Reply::Kind::Nil) << "a missing element is a Nil";
  EXPECT_EQ(replies[1].text, "OK");
}

TEST(Reply, ABrokenProtocolIsAnError) {
  Decoder decoder;
  ASSERT_TRUE(decoder.feed("?what\r\n"));
  EXPECT_FALSE(decoder.next());
}

TEST(Reply, NumbersAreReadCompletelyOrNotAtAll) {
  Reply reply;
  reply.kind = Reply::Kind::Text;
  reply.text = "18446744073709551615";
  EXPECT_EQ(reply.number(), ~0ULL);
  for (const char* text : {"", "x", "1x", "-1", "18446744073709551616"}) {
    reply.text = text;
    EXPECT_FALSE(reply.number()) << text;
  }
}

TEST(Reply, ACommandIsEncodedByLengths) {
  EXPECT_EQ(encode({"SET", std::string("a\0b", 3), ""}),
            std::string("*3\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$0\r\n\r\n", 28));
}

}  // namespace
}  // namespace evalx::queue::redis
