#include "http/response_head.hpp"

#include <gtest/gtest.h>

namespace evalx::http {
namespace {

TEST(ResponseHead, ReplacesTheHandlersFramingFieldsByTheSessions) {
  const Response response{
      201, {{"X-A", "b"}, {"content-length", "99"}, {"Connection", "x"}}, "hi", {}};
  EXPECT_EQ(format_head(response, "today", {BodyForm::Sized, 2, "close"}),
            "HTTP/1.1 201 Created\r\nDate: today\r\nX-A: b\r\nContent-Length: 2\r\n"
            "Connection: close\r\n\r\n");
  EXPECT_EQ(format_head({204, {}, {}, {}}, "today", {BodyForm::None, 0, ""}),
            "HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n");
  EXPECT_EQ(format_head({200, {}, {}, {}}, "today", {BodyForm::Chunked, 0, ""}),
            "HTTP/1.1 200 OK\r\nDate: today\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(ResponseHead, CannotBeSentIfAFieldContainsALineBreakOrControlCharacter) {
  const auto sendable = [](std::string name, std::string value) {
    Response response;
    response.headers.push_back({std::move(name), std::move(value)});
    return can_be_sent(response);
  };
  EXPECT_TRUE(sendable("X-A", "b\tc \xc3\xa9"));
  EXPECT_FALSE(sendable("X-A", "b\r\nX-C: d"));
  EXPECT_FALSE(sendable("X-A", "b\n"));
  EXPECT_FALSE(sendable("X-A", std::string{"b\0c", 3}));
  EXPECT_FALSE(sendable("X A", "b"));
  EXPECT_FALSE(sendable("X:A", "b"));
  EXPECT_FALSE(sendable("", "b"));
}

TEST(ResponseHead, CannotBeSentWithAStatusOutOfRange) {
  for (const unsigned status : {0U, 100U, 199U, 600U, 1000U}) {
    EXPECT_FALSE(can_be_sent({status, {}, {}, {}})) << status;
  }
  EXPECT_TRUE(can_be_sent({599, {}, {}, {}}));
}

}  // namespace
}  // namespace evalx::http
