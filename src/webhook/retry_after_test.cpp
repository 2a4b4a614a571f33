#include "webhook/retry_after.hpp"

#include <gtest/gtest.h>

namespace evalx::webhook {
namespace {

using std::chrono::seconds;

/// Sun, 06 Nov 1994 08:49:37 GMT: the example of RFC 9110.
const auto kExample = std::chrono::system_clock::from_time_t(784111777);

std::optional<seconds> wait_of(std::string_view value) {
  return parse_retry_after(value, kExample);
}

TEST(RetryAfter, IsANumberOfSeconds) {
  EXPECT_EQ(wait_of("0"), seconds{0});
  EXPECT_EQ(wait_of("120"), seconds{120});
  EXPECT_EQ(wait_of("007"), seconds{7});
}

TEST(RetryAfter, IsADateInAnyFormOfHttp) {
  EXPECT_EQ(wait_of("Sun, 06 Nov 1994 08:50:37 GMT"), seconds{60});
  EXPECT_EQ(wait_of("Sunday, 06-Nov-94 08:50:37 GMT"), seconds{60});
  EXPECT_EQ(wait_of("Sun Nov  6 08:50:37 1994"), seconds{60});
}

TEST(RetryAfter, IsNeverNegativeAndAtMostADay) {
  EXPECT_EQ(wait_of("Sun, 06 Nov 1994 08:49:36 GMT"), seconds{0});
  EXPECT_EQ(wait_of("Fri, 31 Dec 9999 23:59:59 GMT"), kRetryAfterMax);
  EXPECT_EQ(wait_of("99999999999999999999999999999999"), kRetryAfterMax);
}

TEST(RetryAfter, IsIgnoredIfItIsAnythingElse) {
  for (const char* const value : {"", "-1", "1.5", "soon", "60 s", "Sun, 06 Nov 1994 08:50:37",
                                  "Sun, 06 Nov 1994 08:50:37 GMT+1", "1994-11-06T08:50:37Z"}) {
    EXPECT_EQ(wait_of(value), std::nullopt) << value;
  }
  EXPECT_EQ(wait_of(std::string(100, '1')), std::nullopt);
}

}  // namespace
}  // namespace evalx::webhook
