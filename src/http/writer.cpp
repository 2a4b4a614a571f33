#include "http/writer.hpp"

#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>

#include "base/log.hpp"
#include "http/response_head.hpp"
#include "http/problem.hpp"

namespace evalx::http {
namespace {

/// Below this size, copying the body behind the head is faster than passing two buffers to the
/// kernel.
constexpr std::size_t kCopiedBodyBytesMax = 16384;
/// The most bytes that a peer may send while it receives a stream; above, the connection is closed.
constexpr std::size_t kPipelinedBytesMax = 16384;

bool has_no_body(unsigned status) {
  return status == 204 || status == 304;
}

HeadForm form_of(const Outgoing& outgoing) {
  HeadForm form;
  const Response& response = outgoing.response;
  if (has_no_body(response.status)) {
    form.body = BodyForm::None;
  } else if (!response.stream) {
    form.body_bytes = response.body.size();
  } else {
    form.body = outgoing.framing == Framing::Http11 ? BodyForm::Chunked : BodyForm::UntilClose;
  }
  if (outgoing.after == After::Close || form.body == BodyForm::UntilClose) {
    form.connection = "close";
  } else if (outgoing.framing == Framing::Http10) {
    form.connection = "keep-alive";
  }
  return form;
}

template <class Buffers>
Task<bool> send(Socket& socket, ConnectionEntry& entry, Buffers buffers) {
  entry.enter(Phase::Working, entry.limits().time_for(Bytes{asio::buffer_size(buffers)}));
  const auto [code, sent] = co_await asio::async_write(socket, buffers, kAsResult);
  co_return !code;
}

Task<bool> send_piece(Socket& socket, ConnectionEntry& entry, const std::string& piece,
                      BodyForm form) {
  if (form == BodyForm::Chunked) {
    return send(socket, entry, boost::beast::http::make_chunk(asio::buffer(piece)));
  }
  return send(socket, entry, asio::const_buffer{piece.data(), piece.size()});
}

/// Returns true after the whole stream was written. It is cancelled when the peer closes.
Task<bool> pump(Socket& socket, ConnectionEntry& entry, BodyStream& stream, BodyForm form) {
  try {
    for (;;) {
      entry.enter(Phase::Working, ConnectionEntry::kNoDeadline);
      const std::optional<std::string> piece = co_await stream.next();
      if (!piece) break;
      if (piece->empty()) continue;
      const bool sent = co_await send_piece(socket, entry, *piece, form);
      if (!sent) co_return false;
    }
  } catch (const boost::system::system_error& error) {
    // Asio throws this from the next co_await of a cancelled coroutine.
    if (error.code() == asio::error::operation_aborted) co_return false;
    log::error("a response stream threw", {{"error", error.what()}});
    co_return false;
  } catch (const std::exception& error) {
    log::error("a response stream threw", {{"error", error.what()}});
    co_return false;
  }
  if (form != BodyForm::Chunked) co_return true;
  const bool ended = co_await send(socket, entry, boost::beast::http::make_chunk_last());
  co_return ended;
}

/// Returns when the peer closes or resets the connection, or sends more than kPipelinedBytesMax
/// bytes.
Task<> watch(Socket& socket, InputBuffer& input) {
  while (input.view().size() < kPipelinedBytesMax) {
    const std::span<char> room = input.room(1024);
    const auto [code, received] =
        co_await socket.async_read_some(asio::buffer(room.data(), room.size()), kAsResult);
    if (code) co_return;
    input.received(received);
  }
}

Task<After> write_stream(Socket& socket, InputBuffer& input, ConnectionEntry& entry,
                         std::string head, std::unique_ptr<BodyStream> stream, BodyForm form) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT: the || below.
  const bool begun = co_await send(socket, entry, asio::const_buffer{head.data(), head.size()});
  if (!begun) co_return After::Close;
  auto race = pump(socket, entry, *stream, form) || watch(socket, input);
  const auto first = co_await std::move(race);
  const bool* const complete = std::get_if<0>(&first);
  const bool usable = complete != nullptr && *complete && form == BodyForm::Chunked;
  co_return usable ? After::KeepAlive : After::Close;
}

}  // namespace

Task<After> write_response(Socket& socket, InputBuffer& input, ConnectionEntry& entry,
                           std::string_view date, Outgoing outgoing) {
  Response& response = outgoing.response;
  if (!can_be_sent(response)) {
    log::error("a handler's response cannot be sent", {{"status", response.status}});
    response = problem(kServerError, "The response could not be sent.");
  }
  const HeadForm form = form_of(outgoing);
  std::string head = format_head(response, date, form);
  const bool omit = outgoing.payload == Payload::Omit || has_no_body(response.status);
  if (response.stream && !omit) {
    const After after = co_await write_stream(socket, input, entry, std::move(head),
                                              std::move(response.stream), form.body);
    co_return outgoing.after == After::Close ? After::Close : after;
  }

  bool sent = false;
  if (omit || response.body.size() <= kCopiedBodyBytesMax) {
    if (!omit) head.append(response.body);
    sent = co_await send(socket, entry, asio::const_buffer{head.data(), head.size()});
  } else {
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(response.body)};
    sent = co_await send(socket, entry, both);
  }
  co_return sent&& form.connection != "close" ? After::KeepAlive : After::Close;
}

}  // namespace evalx::http
