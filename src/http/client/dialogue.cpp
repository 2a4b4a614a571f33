#include "http/client/dialogue.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "http/client/answer_parser.hpp"
#include "http/header_scan.hpp"
#include "http/input_buffer.hpp"
#include "http/response_head.hpp"

namespace evalx::http::client {
namespace {

constexpr std::size_t kReadBytes = 16384;
/// Answers with a status below 200, before the real one.
constexpr int kInterimAnswersMax = 8;
/// The longest line of a chunked body outside of its data.
constexpr std::size_t kChunkLineBytesMax = 8192;
constexpr std::string_view kBeginning = "HTTP/1.";

bool is_visible(char c) {
  return c > ' ' && c < '\x7f';
}

std::string host_of(const Call& call) {
  return authority_of(call.url);
}

/// Why a write or a read ended.
Failure loss(const Line& line, const Call& call, const boost::system::error_code& code) {
  if (const auto& own = line.own_failure()) return *own;
  const bool closed = code == asio::error::eof || code == asio::ssl::error::stream_truncated;
  return {FailureKind::ConnectionLost,
          closed ? host_of(call) + " closed the connection without an answer"
                 : "the connection to " + host_of(call) + " broke: " + code.message()};
}

Failure bad_answer(const Call& call, std::string_view why) {
  return {FailureKind::BadAnswer, "the answer of " + host_of(call) + " " + std::string{why}};
}

template <class Stream>
class Dialogue {
 public:
  Dialogue(Stream& stream, Line& line, const Call& call, const CallLimits& limits)
      : stream_(stream), line_(line), call_(call), limits_(limits) {}

  Task<Outcome> run() {
    const auto unsent = co_await send();
    line_.begin("answer of " + host_of(call_), limits_.head_time);
    for (int interim = 0; interim <= kInterimAnswersMax; ++interim) {
      AnswerParser parser{call_.method, limits_};
      auto failure = co_await read_head(parser);
      if (failure) {
        // The server may have answered before it read the whole request: only now a failed sending
        // is the reason.
        if (unsent && failure->kind != FailureKind::BadAnswer) failure = loss(line_, call_, unsent);
        co_return tl::make_unexpected(*std::move(failure));
      }
      Answer& answer = parser.answer();
      if (answer.status == 101) break;
      if (answer.status < 200) continue;
      if (answer.status > 599) break;
      answer.body_end = co_await read_body(parser);
      co_return std::move(answer);
    }
    co_return tl::make_unexpected(bad_answer(call_, "has no status from 200 to 599"));
  }

 private:
  Task<boost::system::error_code> send() {
    const std::string head = head_of(call_);
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(call_.body)};
    line_.begin("end of sending to " + host_of(call_), line_.left());
    const auto [code, sent] = co_await asio::async_write(stream_, both, kAsResult);
    co_return code;
  }

  Task<boost::system::error_code> read_some() {
    const std::span<char> room = input_.room(kReadBytes);
    const auto [code, count] =
        co_await stream_.async_read_some(asio::buffer(room.data(), room.size()), kAsResult);
    if (!code) input_.received(count);
    co_return code;
  }

  /// Returns nullopt after the parser has the whole head.
  Task<std::optional<Failure>> read_head(AnswerParser& parser) {
    HeaderScan scan{limits_.head_fields};
    for (;;) {
      const std::string_view bytes = input_.view();
      if (!bytes.starts_with(kBeginning.substr(0, bytes.size()))) {
        co_return bad_answer(call_, "is not HTTP/1.1");
      }
      const HeaderScan::State state = scan.advance(bytes);
      const bool is_whole = state == HeaderScan::State::Whole;
      if ((is_whole ? scan.size() : bytes.size()) > limits_.head.count) {
        co_return bad_answer(call_, "has a too large head");
      }
      if (state == HeaderScan::State::TooMany) {
        co_return bad_answer(call_, "has too many header fields");
      }
      if (state == HeaderScan::State::Malformed) {
        co_return bad_answer(call_, "has a header line that is folded or ends without CRLF");
      }
      if (is_whole) break;
      const auto code = co_await read_some();
      if (code) co_return loss(line_, call_, code);
    }
    input_.consume(parser.feed(input_.view().substr(0, scan.size())));
    if (!parser.is_header_done() || parser.ended_early()) {
      co_return bad_answer(call_, "has a malformed head");
    }
    co_return std::nullopt;
  }

  Task<BodyEnd> read_body(AnswerParser& parser) {
    line_.begin("end of the answer's body", line_.left());
    while (true) {
      input_.consume(parser.feed(input_.view()));
      if (parser.too_long()) co_return BodyEnd::TooLong;
      if (parser.ended_early() || input_.view().size() > kChunkLineBytesMax) break;
      if (parser.is_done()) co_return BodyEnd::Whole;
      const auto code = co_await read_some();
      if (code == asio::error::eof) {
        parser.feed_end();
        co_return parser.ended_early() ? BodyEnd::Lost : BodyEnd::Whole;
      }
      if (code) break;
    }
    co_return BodyEnd::Lost;
  }

  Stream& stream_;
  Line& line_;
  const Call& call_;
  const CallLimits& limits_;
  InputBuffer input_;
};

}  // namespace

bool can_be_sent(const Call& call) {
  const auto visible = [](const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_visible);
  };
  if (!visible(call.method) || !visible(call.url.host)) return false;
  if (!visible(call.url.target) || call.url.target.front() != '/') return false;
  http::Response fields;
  fields.headers = call.headers;
  return http::can_be_sent(fields);
}

std::string head_of(const Call& call) {
  std::string head = call.method + " " + call.url.target + " HTTP/1.1\r\n";
  const auto add = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  add("Host", authority_of(call.url));
  for (const auto& [name, value] : call.headers) add(name, value);
  add("Content-Length", std::to_string(call.body.size()));
  add("Connection", "close");
  return head.append("\r\n");
}

Task<Outcome> converse(Socket& stream, Line& line, const Call& call, const CallLimits& limits) {
  Dialogue dialogue{stream, line, call, limits};
  co_return co_await dialogue.run();
}

Task<Outcome> converse(TlsStream& stream, Line& line, const Call& call, const CallLimits& limits) {
  Dialogue dialogue{stream, line, call, limits};
  co_return co_await dialogue.run();
}

}  // namespace evalx::http::client
