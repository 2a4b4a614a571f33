#include "http/reader.hpp"

#include <algorithm>
#include <boost/asio/write.hpp>
#include <string_view>

#include "http/header_scan.hpp"
#include "http/problem.hpp"
#include "http/request_parser.hpp"

namespace evalx::http {
namespace {

/// The memory of an idle connection: enough for the header of nearly every request.
constexpr std::size_t kHeaderReadBytes = 4096;
constexpr std::size_t kBodyReadBytes = 65536;
/// The longest line of a chunked body outside of the data: a chunk's size and extensions, or
/// trailers.
constexpr std::size_t kChunkLineBytesMax = 8192;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

enum class Read { Some, Nothing };

Task<Read> read_some(Socket& socket, InputBuffer& input, std::size_t count) {
  const std::span<char> room = input.room(count);
  const auto [code, received] =
      co_await socket.async_read_some(asio::buffer(room.data(), room.size()), kAsResult);
  if (code) co_return Read::Nothing;
  input.received(received);
  co_return Read::Some;
}

Incoming refused(Response refusal) {
  Incoming incoming;
  incoming.kind = Incoming::Kind::Refused;
  incoming.refusal = std::move(refusal);
  return incoming;
}

Incoming refused(HeaderScan::State state) {
  if (state == HeaderScan::State::TooMany) {
    return refused(problem(kHeaderTooLarge, "The header has too many fields."));
  }
  return refused(
      problem(kBadRequest, "Malformed HTTP: a line of the header is folded or ends without CRLF."));
}

/// Refused by the handler, which has seen the head. Without a body the connection stays usable.
Incoming refused(RequestParser& parser, Response refusal) {
  Incoming incoming = refused(std::move(refusal));
  incoming.keep_alive = parser.is_done() && parser.keep_alive();
  incoming.framing = parser.http11() ? Framing::Http11 : Framing::Http10;
  incoming.request.method = parser.request().method;
  return incoming;
}

Incoming header_too_large(const SessionLimits& limits) {
  return refused(problem(kHeaderTooLarge, "The header may have at most " +
                                              std::to_string(limits.header.count) + " bytes."));
}

/// The one empty line that is ignored before a request (RFC 9112, 2.2), in whatever pieces it
/// arrives.
class EmptyLine {
 public:
  /// Consumes it. Returns false while `input` has no byte that is surely the request's.
  bool skip(InputBuffer& input) {
    constexpr std::string_view kLine = "\r\n";
    if (!is_past_) {
      if (kLine.substr(0, 1) == input.view()) return false;
      is_past_ = !input.empty();
      if (input.view().starts_with(kLine)) input.consume(kLine.size());
    }
    return !input.empty();
  }

 private:
  bool is_past_ = false;
};

bool has_bare_line_feed(std::string_view bytes) {
  for (auto feed = bytes.find('\n'); feed != bytes.npos; feed = bytes.find('\n', feed + 1)) {
    if (feed == 0 || bytes[feed - 1] != '\r') return true;
  }
  return false;
}

/// Reads the body after a header that `parser` has accepted. Returns false if the peer has closed
/// the connection.
Task<bool> read_body(Socket& socket, InputBuffer& input, ConnectionEntry& entry,
                     RequestParser& parser) {
  const SessionLimits& limits = entry.limits();
  entry.enter(Phase::Body, limits.transfer_time);
  if (parser.expects_continue() && input.empty()) {
    const auto [code, sent] =
        co_await asio::async_write(socket, asio::buffer(kContinue), kAsResult);
    if (code) co_return false;
  }
  for (;;) {
    // Never more at once than a line may have: a longer one is refused, also if all of it is there.
    const std::size_t used = parser.feed(input.view().substr(0, kChunkLineBytesMax));
    input.consume(used);
    if (parser.is_done() || parser.refused()) co_return true;
    if (used > 0 && !input.empty()) continue;
    // The parser takes data as they come: what it leaves is the line of a chunk, or a trailer.
    if (has_bare_line_feed(input.view())) {
      parser.refuse(kBadRequest, "Malformed HTTP: a line of a chunk ends without CRLF.");
      co_return true;
    }
    if (input.view().size() >= kChunkLineBytesMax) {
      parser.refuse(kBadRequest, "Malformed HTTP: a chunk's header is too long.");
      co_return true;
    }
    // Only the bytes of the body extend the deadline, not the framing of its chunks.
    entry.extend(limits.time_for(Bytes{parser.body_bytes()}));
    const Read read = co_await read_some(socket, input, kBodyReadBytes);
    if (read == Read::Nothing) co_return false;
  }
}

}  // namespace

Task<Incoming> read_request(Socket& socket, InputBuffer& input, ConnectionEntry& entry,
                            Handler& handler) {
  const SessionLimits& limits = entry.limits();
  EmptyLine empty_line;
  HeaderScan scan{limits.header_fields};
  HeaderScan::State state = HeaderScan::State::More;
  bool begun = false;
  for (;;) {
    if (empty_line.skip(input)) {
      if (!begun) entry.enter(Phase::Header, limits.header_time);
      begun = true;
      // Beyond the limit nothing is read: the refusal does not depend on how much has arrived.
      state = scan.advance(input.view().substr(0, limits.header.count));
      if (state == HeaderScan::State::Whole) break;
      if (state != HeaderScan::State::More) co_return refused(state);
      if (input.view().size() > limits.header.count) co_return header_too_large(limits);
    }
    const Read read = co_await read_some(socket, input, kHeaderReadBytes);
    if (read == Read::Nothing) co_return Incoming{};
  }

  RequestParser parser{entry};
  input.consume(parser.feed(input.view().substr(0, scan.size())));
  if (!parser.refused() && !parser.is_header_done()) {
    co_return refused(HeaderScan::State::Malformed);
  }
  if (!parser.refused()) {
    if (auto refusal = handler.admit(parser.request()))
      co_return refused(parser, *std::move(refusal));
  }
  if (!parser.refused() && !parser.is_done()) {
    const bool there = co_await read_body(socket, input, entry, parser);
    if (!there) co_return Incoming{};
  }
  if (parser.refused()) co_return refused(parser.take_refusal());

  Incoming incoming;
  incoming.kind = Incoming::Kind::Whole;
  incoming.keep_alive = parser.keep_alive();
  incoming.framing = parser.http11() ? Framing::Http11 : Framing::Http10;
  incoming.request = parser.take_request();
  co_return incoming;
}

}  // namespace evalx::http
