#include "queue/redis/address.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::redis {
namespace {

TEST(Address, ParsesAUrl) {
  const auto plain = parse_address("redis://cache");
  ASSERT_TRUE(plain) << plain.error().what;
  EXPECT_EQ(plain->host, "cache");
  EXPECT_EQ(plain->port, 6379);
  EXPECT_EQ(plain->database, 0U);
  const auto full = parse_address("redis://evalx:p%40ss@10.0.0.7:7000/3");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->host, "10.0.0.7");
  EXPECT_EQ(full->port, 7000);
  EXPECT_EQ(full->user, "evalx");
  EXPECT_EQ(full->password, "p@ss");
  EXPECT_EQ(full->database, 3U);
  EXPECT_EQ(full->shown(), "redis://10.0.0.7:7000/3");
  EXPECT_EQ(parse_address("redis://:secret@[::1]:7000")->password, "secret");
  EXPECT_EQ(parse_address("redis://[::1]")->shown(), "redis://[::1]:6379/0");
}

TEST(Address, NamesThePartThatIsWrong) {
  EXPECT_NE(parse_address("redis://:s@h:6379x/0").error().what.find("port"), std::string::npos);
  EXPECT_NE(parse_address("redis://:s@h:6379/0x").error().what.find("database"), std::string::npos);
}

TEST(Address, ReportsFaultsWithoutThePassword) {
  for (const char* url : {"", "sqlite", "rediss://h", "http://h", "redis://", "redis://h:0",
                          "redis://h:70000", "redis://h/x", "redis://h/1x", "redis://h/99999",
                          "redis://h?a=b", "redis://user@h", "redis://:secret@h/x"}) {
    const auto parsed = parse_address(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().what.find("secret"), std::string::npos);
    EXPECT_NE(parsed.error().what.find("Redis address"), std::string::npos);
  }
}

}  // namespace
}  // namespace evalx::queue::redis
