#include "webhook/target.hpp"

#include <gtest/gtest.h>

namespace evalx::webhook {
namespace {

TEST(Target, IsReadAsItWasWritten) {
  const auto destination = parse_destination("https://A.example:8443/done?x=1", Reach::Public);
  ASSERT_TRUE(destination);
  const queue::CallbackRequest request = request_of(*destination);
  EXPECT_EQ(request.target, "v1 https://a.example:8443/done?x=1");
  const auto read = read_target(request.target, Reach::Public);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text, destination->text);
  EXPECT_EQ(read->url.target, "/done?x=1");
}

TEST(Target, OneHostIsOneLane) {
  const auto lane = [](std::string_view url) {
    return request_of(*parse_destination(url, Reach::Public)).lane;
  };
  EXPECT_EQ(lane("https://a.example/x"), "https://a.example:443");
  EXPECT_EQ(lane("https://a.example/x"), lane("https://A.example:443/y"));
  EXPECT_NE(lane("https://a.example/x"), lane("http://a.example/x"));
  EXPECT_NE(lane("https://a.example/x"), lane("https://a.example:8443/x"));
  EXPECT_EQ(lane("https://[2606:4700::1111]/x"), "https://[2606:4700::1111]:443");
}

TEST(Target, IsCheckedAgain) {
  EXPECT_FALSE(read_target("v1 http://127.0.0.1/", Reach::Public));
  EXPECT_TRUE(read_target("v1 http://127.0.0.1/", Reach::Private));
  EXPECT_FALSE(read_target("v2 https://a.example/", Reach::Public));
  EXPECT_FALSE(read_target("", Reach::Public));
}

TEST(Target, EachRoundIsAMessageOfItsOwn) {
  EXPECT_EQ(message_id("token", 1), "token");
  EXPECT_EQ(message_id("token", 2), "token-2");
}

}  // namespace
}  // namespace evalx::webhook
