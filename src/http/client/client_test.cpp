// Tests of calls over plain HTTP, against servers that behave well, badly and not at all.
#include "http/client/client.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client/test_call.hpp"
#include "http/client/test_peer.hpp"

namespace evalx::http::client {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kAnswer = "HTTP/1.1 204 No Content\r\nRetry-After: 7\r\n\r\n";

class Calls : public testing::Test {
 protected:
  Outcome call(const TestPeer& peer) { return send(call_to(Scheme::Http, peer.port())); }
  Outcome send(Call call, AddressFilter filter = any_address) {
    return run(client_.send(std::move(call), std::move(filter), limits_, {}));
  }
  /// The outcome of a call to a server that reads the request and answers with `bytes`.
  Outcome answered_with(std::string bytes) {
    const TestPeer peer{[&bytes](PeerConnection& connection) {
      connection.read_request();
      connection.send(bytes);
    }};
    return call(peer);
  }

  FixedResolver resolver_{{{"127.0.0.1"}}};
  /// Reading the system's certificates takes as long as a hundred of these calls.
  inline static const std::unique_ptr<Tls> tls_ = *Tls::with_system_certificates();
  Client client_{resolver_, *tls_};
  CallLimits limits_;
};

TEST_F(Calls, SendTheRequestAndReturnTheAnswer) {
  std::string request;
  const TestPeer peer{[&request](PeerConnection& connection) {
    request = connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nRETRY-after: 7\r\n\r\ntake");
  }};
  const Outcome outcome = call(peer);
  ASSERT_TRUE(outcome) << outcome.error().words;
  EXPECT_EQ(outcome->status, 200U);
  EXPECT_EQ(*outcome->header("Retry-After"), "7");
  EXPECT_EQ(outcome->body, "take");
  EXPECT_EQ(outcome->body_end, BodyEnd::Whole);
  EXPECT_EQ(outcome->from.to_string(), "127.0.0.1");
  EXPECT_EQ(request,
            "POST /done?job=1 HTTP/1.1\r\nHost: hooks.example:" + std::to_string(peer.port()) +
                "\r\nContent-Type: application/json\r\nContent-Length: 21\r\n"
                "Connection: close\r\n\r\n{\"status\":\"finished\"}");
}

TEST_F(Calls, SendALargeBodyWhole) {
  std::string request;
  const TestPeer peer{[&request](PeerConnection& connection) {
    request = connection.read_request();
    connection.send(kAnswer);
  }};
  Call large = call_to(Scheme::Http, peer.port());
  large.body = std::string(std::size_t{4} << 20, 'x');
  EXPECT_EQ(send(std::move(large))->status, 204U);
  EXPECT_GT(request.size(), std::size_t{4} << 20);
}

TEST_F(Calls, ConnectOverIpv6AndWriteTheAddressInBrackets) {
  std::string request;
  const TestPeer peer{[&request](PeerConnection& connection) {
                        request = connection.read_request();
                        connection.send(kAnswer);
                      },
                      std::nullopt, "::1"};
  EXPECT_EQ(send(call_to(Scheme::Http, peer.port(), "::1"))->from.to_string(), "::1");
  EXPECT_THAT(request, HasSubstr("\r\nHost: [::1]:" + std::to_string(peer.port()) + "\r\n"));
  EXPECT_EQ(resolver_.lookups, 0U);
}

TEST_F(Calls, SkipInterimAnswersAndReadChunks) {
  const Outcome outcome = answered_with(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbus\r\n1\r\ny\r\n0\r\n\r\n");
  EXPECT_EQ(outcome->status, 503U);
  EXPECT_EQ(outcome->body, "busy");
  EXPECT_EQ(outcome->header("Link"), nullptr);
}

TEST_F(Calls, DoNotFollowRedirects) {
  const TestPeer other{[](PeerConnection& connection) { connection.send(kAnswer); }};
  const Outcome outcome = answered_with(
      "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
      "Location: http://127.0.0.1:" +
      std::to_string(other.port()) + "/\r\n\r\n");
  EXPECT_EQ(outcome->status, 302U);
  EXPECT_EQ(other.accepted(), 0);
}

TEST_F(Calls, KeepOnlyTheBeginningOfAGigabyte) {
  std::size_t sent = 0;
  {
    const TestPeer peer{[&sent](PeerConnection& connection) {
      connection.read_request();
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
      const std::string piece(1 << 16, 'x');
      while (sent < std::size_t{1} << 30 && connection.send(piece)) sent += piece.size();
    }};
    const Outcome outcome = call(peer);
    EXPECT_EQ(outcome->status, 200U);
    EXPECT_EQ(outcome->body_end, BodyEnd::TooLong);
    EXPECT_EQ(outcome->body.size(), limits_.body.count);
  }
  EXPECT_LT(sent, std::size_t{1} << 28) << "the connection was closed early";
}

TEST_F(Calls, KeepTheStatusOfAnAnswerWhoseBodyBreaksOff) {
  const Outcome outcome = answered_with("HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nhalf");
  EXPECT_EQ(outcome->status, 500U);
  EXPECT_EQ(outcome->body, "half");
  EXPECT_EQ(outcome->body_end, BodyEnd::Lost);
  const Outcome chunks =
      answered_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  EXPECT_EQ(chunks->body_end, BodyEnd::Lost);
  const Outcome until_close = answered_with("HTTP/1.0 200 OK\r\n\r\nall");
  EXPECT_EQ(until_close->body, "all");
  EXPECT_EQ(until_close->body_end, BodyEnd::Whole);
}

TEST_F(Calls, RefuseAnswersThatAreNotHttp) {
  const auto words_for = [this](std::string bytes) {
    const Outcome outcome = answered_with(std::move(bytes));
    EXPECT_EQ(outcome.error().kind, FailureKind::BadAnswer);
    return outcome.error().words;
  };
  EXPECT_THAT(words_for("SSH-2.0-OpenSSH_9.2\r\n"), HasSubstr("is not HTTP/1.1"));
  EXPECT_THAT(words_for("HTTP/2 200\r\n\r\n"), HasSubstr("is not HTTP/1.1"));
  EXPECT_THAT(words_for("HTTP/1.1 abc\r\n\r\n"), HasSubstr("has a malformed head"));
  EXPECT_THAT(words_for("HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n"), HasSubstr("without CRLF"));
  EXPECT_THAT(words_for("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"), HasSubstr("folded"));
  EXPECT_THAT(words_for("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), HasSubstr("malformed"));
  EXPECT_THAT(words_for("HTTP/1.1 101 Switching\r\n\r\n"), HasSubstr("status"));
  EXPECT_THAT(words_for("HTTP/1.1 999 What\r\n\r\n"), HasSubstr("status"));
}

TEST_F(Calls, BoundTheHeadOfAnAnswer) {
  const auto words_for = [this](std::string bytes) {
    const Outcome outcome = answered_with(std::move(bytes));
    EXPECT_EQ(outcome.error().kind, FailureKind::BadAnswer);
    return outcome.error().words;
  };
  const std::string line = "HTTP/1.1 200 OK\r\n";
  EXPECT_THAT(words_for(line + "A: " + std::string(20'000, 'x')), HasSubstr("too large head"));
  std::string fields;
  for (int i = 0; i < 101; ++i) fields += "A: b\r\n";
  EXPECT_THAT(words_for(line + fields + "\r\n"), HasSubstr("too many header fields"));
  std::string interim;
  for (int i = 0; i < 100; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_THAT(words_for(interim), HasSubstr("no status from 200"));
}

TEST_F(Calls, FailWhenTheServerClosesAtOnce) {
  const TestPeer peer{[](PeerConnection& connection) { connection.read_request(); }};
  const Outcome outcome = call(peer);
  EXPECT_EQ(outcome.error().kind, FailureKind::ConnectionLost);
  EXPECT_EQ(outcome.error().words, "hooks.example:" + std::to_string(peer.port()) +
                                       " closed the connection without an answer");
}

TEST_F(Calls, FailWhenNothingListens) {
  std::uint16_t port = 0;
  {
    const TestPeer gone{[](PeerConnection&) {}};
    port = gone.port();
  }
  const Outcome outcome = send(call_to(Scheme::Http, port));
  EXPECT_EQ(outcome.error().kind, FailureKind::ConnectFailed);
  EXPECT_THAT(outcome.error().words, StartsWith("cannot connect to 127.0.0.1 port "));
  EXPECT_THAT(outcome.error().words, HasSubstr("Connection refused"));
}

TEST_F(Calls, EndInTimeWhenTheServerHangs) {
  limits_.head_time = Milliseconds{30};
  const TestPeer peer{[](PeerConnection& connection) { connection.wait_closed(); }};
  const Outcome outcome = call(peer);
  EXPECT_EQ(outcome.error().kind, FailureKind::Timeout);
  EXPECT_EQ(outcome.error().words,
            "no answer of hooks.example:" + std::to_string(peer.port()) + " within 30 ms");
}

TEST_F(Calls, EndInTimeWhenTheHeadDrips) {
  limits_.total_time = Milliseconds{60};
  const TestPeer peer{[](PeerConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nA: ");
    connection.drip("x");
  }};
  EXPECT_EQ(call(peer).error().kind, FailureKind::Timeout);
}

TEST_F(Calls, EndInTimeWhenTheBodyDripsAndKeepTheStatus) {
  const TestPeer peer{[](PeerConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    connection.drip("x");
  }};
  // On a busy machine not even the head may arrive within the first of these times.
  Outcome outcome = failed(FailureKind::Timeout, "");
  limits_.total_time = Milliseconds{25};
  while (!outcome && limits_.total_time < Milliseconds{5'000}) {
    limits_.total_time *= 2;
    outcome = call(peer);
  }
  ASSERT_TRUE(outcome) << outcome.error().words;
  EXPECT_EQ(outcome->status, 200U);
  EXPECT_EQ(outcome->body_end, BodyEnd::Lost);
}

TEST_F(Calls, EndInTimeWhenTheServerDoesNotReadTheRequest) {
  limits_.total_time = Milliseconds{300};
  std::atomic<bool> is_over = false;
  const TestPeer peer{[&is_over](PeerConnection&) { is_over.wait(false); }};
  Call large = call_to(Scheme::Http, peer.port());
  large.body = std::string(std::size_t{32} << 20, 'x');
  const Outcome outcome = send(std::move(large));
  is_over = true;
  is_over.notify_all();
  EXPECT_EQ(outcome.error().kind, FailureKind::Timeout);
  EXPECT_THAT(outcome.error().words, HasSubstr("no end of sending to hooks.example"));
}

TEST_F(Calls, EndAtAStopFromAnotherThread) {
  std::stop_source stop;
  const TestPeer peer{[&stop](PeerConnection& connection) {
    connection.read_request();
    stop.request_stop();
    connection.wait_closed();
  }};
  const Outcome outcome =
      run(client_.send(call_to(Scheme::Http, peer.port()), any_address, limits_, stop.get_token()));
  EXPECT_EQ(outcome.error().kind, FailureKind::Stopped);
}

TEST_F(Calls, ConnectOnlyToAddressesThatPassTheFilter) {
  FixedResolver resolver{{{"127.0.0.2", "127.0.0.1"}}};
  Client client{resolver, *tls_};
  const TestPeer peer{[](PeerConnection& connection) {
    connection.read_request();
    connection.send(kAnswer);
  }};
  const TestPeer refused{[](PeerConnection&) {}, std::nullopt, "127.0.0.2", peer.port()};
  const auto filter = [](const asio::ip::address& address) -> std::optional<std::string> {
    if (address.to_string() == "127.0.0.2") return "127.0.0.2 is not public";
    return std::nullopt;
  };
  const Outcome outcome = run(client.send(call_to(Scheme::Http, peer.port()), filter, limits_, {}));
  EXPECT_EQ(outcome->from.to_string(), "127.0.0.1");
  EXPECT_EQ(refused.accepted(), 0);
  EXPECT_EQ(resolver.lookups, 1U) << "the checked addresses are used";
}

TEST_F(Calls, FailWithTheWordsOfTheFilterWhenNoAddressPasses) {
  const TestPeer peer{[](PeerConnection&) {}};
  const auto filter = [](const asio::ip::address& address) -> std::optional<std::string> {
    return address.to_string() + " is a loopback address";
  };
  const Outcome by_name = send(call_to(Scheme::Http, peer.port()), filter);
  EXPECT_EQ(by_name.error().kind, FailureKind::AddressRefused);
  EXPECT_EQ(by_name.error().words, "hooks.example: 127.0.0.1 is a loopback address");
  const Outcome by_address = send(call_to(Scheme::Http, peer.port(), "127.0.0.1"), filter);
  EXPECT_EQ(by_address.error().kind, FailureKind::AddressRefused);
  EXPECT_EQ(peer.accepted(), 0);
}

TEST_F(Calls, TryTheNextAddressWhenOneRefuses) {
  FixedResolver resolver{{{"127.0.0.3", "127.0.0.1"}}};
  Client client{resolver, *tls_};
  const TestPeer peer{[](PeerConnection& connection) {
    connection.read_request();
    connection.send(kAnswer);
  }};
  const Outcome outcome =
      run(client.send(call_to(Scheme::Http, peer.port()), any_address, limits_, {}));
  EXPECT_EQ(outcome->from.to_string(), "127.0.0.1");
}

/// A listener that answers no further connection: its queue is full, and it accepts none.
class FullListener {
 public:
  FullListener(const std::string& address, std::uint16_t port)
      : at_(asio::ip::make_address(address), port), listener_(loop_) {
    listener_.open(at_.protocol());
    listener_.bind(at_);
    listener_.listen(0);
    // Linux queues one connection more than the backlog.
    waiting_.connect(at_);
  }

 private:
  asio::io_context loop_;
  asio::ip::tcp::endpoint at_;
  asio::ip::tcp::acceptor listener_;
  asio::ip::tcp::socket waiting_{loop_};
};

TEST_F(Calls, TryTheNextAddressWhenOneGivesNoAnswer) {
  const TestPeer peer{[](PeerConnection& connection) {
    connection.read_request();
    connection.send(kAnswer);
  }};
  const FullListener full{"127.0.0.4", peer.port()};
  limits_.connect_time = Milliseconds{30};
  FixedResolver only_silent{{{"127.0.0.4"}}};
  Client silent{only_silent, *tls_};
  const Outcome none =
      run(silent.send(call_to(Scheme::Http, peer.port()), any_address, limits_, {}));
  EXPECT_EQ(none.error().kind, FailureKind::Timeout);
  EXPECT_EQ(none.error().words,
            "no connection to 127.0.0.4 port " + std::to_string(peer.port()) + " within 30 ms");

  FixedResolver both{{{"127.0.0.4", "127.0.0.1"}}};
  Client client{both, *tls_};
  limits_.connect_time = Milliseconds{500};
  const Outcome outcome =
      run(client.send(call_to(Scheme::Http, peer.port()), any_address, limits_, {}));
  ASSERT_TRUE(outcome) << outcome.error().words;
  EXPECT_EQ(outcome->from.to_string(), "127.0.0.1");
}

/// The flags of the descriptor in this process that is connected to `port`; -1 if there is none.
int flags_of_socket_to(std::uint16_t port) {
  for (int descriptor = 3; descriptor < 1024; ++descriptor) {
    asio::ip::tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    if (::getpeername(descriptor, peer.data(), &size) == 0 && peer.port() == port) {
      return ::fcntl(descriptor, F_GETFD);
    }
  }
  return -1;
}

TEST_F(Calls, UseSocketsThatNoChildProcessInherits) {
  int flags = -1;
  std::uint16_t port = 0;
  const TestPeer peer{[&](PeerConnection& connection) {
    connection.read_request();
    flags = flags_of_socket_to(port);
    connection.send(kAnswer);
  }};
  port = peer.port();
  EXPECT_TRUE(call(peer));
  EXPECT_EQ(flags, FD_CLOEXEC);
}

TEST_F(Calls, AreNotMadeWithCharactersThatEndALine) {
  Call call = call_to(Scheme::Http, 1);
  EXPECT_TRUE(can_be_sent(call));
  call.url.target = "/a b";
  EXPECT_FALSE(can_be_sent(call));
  call.url.target = "a";
  EXPECT_FALSE(can_be_sent(call));
  call.url.target = "/";
  call.headers = {{"webhook-id", "a\r\nX: b"}};
  EXPECT_EQ(send(call).error().kind, FailureKind::NotSendable);
  call.headers = {{"a b", "c"}};
  EXPECT_FALSE(can_be_sent(call));
}

}  // namespace
}  // namespace evalx::http::client
