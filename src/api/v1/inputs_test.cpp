#include "api/v1/inputs.hpp"

#include <gtest/gtest.h>

#include <string>

namespace evalx::api::v1 {
namespace {

TEST(Inputs, AWaitIsAtMostAMinuteOfSecondsWithDecimals) {
  EXPECT_EQ(parse_wait("0"), Milliseconds{0});
  EXPECT_EQ(parse_wait("2.5"), Milliseconds{2500});
  EXPECT_EQ(parse_wait("0.001"), Milliseconds{1});
  EXPECT_EQ(parse_wait("60"), Milliseconds{60000});
  EXPECT_EQ(parse_wait("60.000"), Milliseconds{60000});
}

TEST(Inputs, AnyOtherTextIsNoWait) {
  for (const char* text : {"", "60.001", "61", "-1", "+1", "1e1", "1.", ".5", "1.0000", "nan", " 1",
                           "18446744073709551616", "18446744073709551615", "1,5", "true"}) {
    EXPECT_EQ(parse_wait(text), std::nullopt) << text;
  }
}

TEST(Inputs, AnIdempotencyKeyIsVisibleAscii) {
  EXPECT_TRUE(is_idempotency_key("a"));
  EXPECT_TRUE(is_idempotency_key(std::string(255, '~')));
  EXPECT_FALSE(is_idempotency_key(""));
  EXPECT_FALSE(is_idempotency_key(std::string(256, 'a')));
  EXPECT_FALSE(is_idempotency_key("a b"));
  EXPECT_FALSE(is_idempotency_key("\xC3\xBC"));
  EXPECT_FALSE(is_idempotency_key("\x7f"));
}

TEST(Inputs, JsonIsOneMediaType) {
  EXPECT_TRUE(is_json_type("application/json"));
  EXPECT_TRUE(is_json_type("Application/JSON ; charset=utf-8"));
  EXPECT_TRUE(is_json_type("application/json;a=b; Charset=\"UTF-8\";"));
  for (const char* other : {"application/json; charset=utf-16", "application/json;charset=\"latin1\"",
                            "application/json;a=b; CHARSET=utf-16", "application/json;charset="})
    EXPECT_FALSE(is_json_type(other)) << other;
  EXPECT_FALSE(is_json_type("text/plain"));
  EXPECT_FALSE(is_json_type("application/jsonp"));
  EXPECT_FALSE(is_json_type(""));
}

TEST(Inputs, ReadTheLengthOfAPage) {
  EXPECT_EQ(parse_page("1"), 1U);
  EXPECT_EQ(parse_page("1000"), 1000U);
  for (const char* text : {"", "0", "1001", "-1", "1.5", "x", "99999999999999999999"})
    EXPECT_EQ(parse_page(text), std::nullopt) << text;
}

}  // namespace
}  // namespace evalx::api::v1
