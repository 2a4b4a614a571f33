#include "http/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "http/problem.hpp"
#include "http/test_server.hpp"

namespace evalx::http {
namespace {

using testing::HasSubstr;

constexpr ProblemKind kForeign{403, "foreign", "Foreign"};

/// Refuses requests with the field "X-Foreign"; names the client of all others.
TestHandler guarded() {
  TestHandler handler;
  handler.admission = [](Request& head) -> std::optional<Response> {
    EXPECT_EQ(head.body, "") << "the body is read later";
    if (head.header("X-Foreign") != nullptr) return problem(kForeign, "not here");
    head.client = "alice";
    return std::nullopt;
  };
  return handler;
}

TEST(Reader, AsksTheHandlerBeforeItReadsTheBody) {
  const TestServer server{{}, guarded()};
  TestClient client = server.connect();
  // Neither the body nor permission to send it: the answer comes at once.
  client.send(
      "POST / HTTP/1.1\r\nHost: x\r\nX-Foreign: 1\r\nExpect: 100-continue\r\n"
      "Content-Length: 16000000\r\n\r\n");
  const Reply reply = client.read_reply();
  EXPECT_EQ(reply.status, 403U);
  EXPECT_THAT(reply.body, HasSubstr("\"code\":\"foreign\""));
  EXPECT_EQ(reply.header("Connection"), "close");
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(Reader, KeepsTheConnectionAfterARefusedRequestWithoutABody) {
  const TestServer server{{}, guarded()};
  TestClient client = server.connect();
  EXPECT_EQ(client.request("GET", "/", "", {{"X-Foreign", "1"}}).status, 403U);
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\nX-Foreign: 1\r\n\r\n");
  const Reply head = client.read_reply("HEAD");
  EXPECT_EQ(head.status, 403U);
  const Reply reply = client.request("POST", "/", "text");
  EXPECT_EQ(reply.status, 201U);
  EXPECT_EQ(reply.body, "text");
  EXPECT_EQ(reply.header("X-Client"), "alice");
}

TEST(Reader, RefusesABareLineFeedInAChunkedBodyAtOnce) {
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  // None of these has an end for which the server could wait.
  for (const char* body : {"5\nhello", "5;a=b\nhello", "5\r\nhello\n", "5\r\nhello\r\n0\n",
                           "5\r\nhello\r\n0\r\n\n", "0\r\nTrailer: x\n", "\n"}) {
    const TestServer server;
    TestClient client = server.connect();
    client.send(start + body);
    const Reply reply = client.read_reply();
    EXPECT_EQ(reply.status, 400U) << body;
    EXPECT_THAT(reply.body, HasSubstr("Malformed HTTP")) << body;
    EXPECT_TRUE(client.closed_by_peer());
  }
}

TEST(Reader, TakesLineFeedsInTheDataOfChunksAndChunksInPieces) {
  const std::string text =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\n\na\n\r\n2\r\n\r\n\r\n0\r\nTrailer: x\r\n\r\n";
  const TestServer server;
  TestClient client = server.connect();
  for (const char byte : text) client.send({&byte, 1});
  const Reply reply = client.read_reply();
  EXPECT_EQ(reply.status, 201U);
  EXPECT_EQ(reply.body, "\na\n\r\n");
}

std::string reply_in_pieces(const TestServer& server, const std::vector<std::string>& pieces) {
  TestClient client = server.connect();
  for (const std::string& piece : pieces) client.send(piece);
  const Reply reply = client.read_reply();
  return std::to_string(reply.status) + " " + reply.body;
}

TEST(Reader, IgnoresOneEmptyLineInWhateverPiecesItArrives) {
  const TestServer server;
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string reply = reply_in_pieces(server, {request});
  EXPECT_EQ(reply_in_pieces(server, {"\r\n" + request}), reply);
  EXPECT_EQ(reply_in_pieces(server, {"\r", "\n" + request}), reply);
  EXPECT_EQ(reply_in_pieces(server, {"\r", "\n", request}), reply);
  EXPECT_THAT(reply_in_pieces(server, {"\r\n\r\n" + request}), testing::StartsWith("400 "));
  EXPECT_THAT(reply_in_pieces(server, {"\r\n", "\r\n" + request}), testing::StartsWith("400 "));
}

TEST(Reader, RefusesALongLineOfAChunkAlsoIfAllOfItIsThere) {
  const TestServer server;
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string rest = "\r\na\r\n0\r\n\r\n";
  EXPECT_THAT(reply_in_pieces(server, {head + "1;" + std::string(8000, 'x') + rest}),
              testing::StartsWith("201 a"));
  const std::string line = "1;" + std::string(9000, 'x');
  EXPECT_THAT(reply_in_pieces(server, {head + line + rest}), testing::StartsWith("400 "));
  EXPECT_THAT(reply_in_pieces(server, {head + line, rest}), testing::StartsWith("400 "));
}

}  // namespace
}  // namespace evalx::http
