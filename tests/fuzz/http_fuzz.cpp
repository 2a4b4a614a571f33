// Requests on a connection, read by the reader of src/http: the same bytes give the same requests
// and refusals, in whatever pieces they arrive. A request that is accepted is within the limits,
// and a second reading of the bytes finds the same request. The first byte of the input is the
// number of pieces; the next ones are their sizes; the last piece is the rest.

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdint>

#include "base/assert.hpp"
#include "http/reader.hpp"
#include "http_reading.hpp"

using namespace evalx;
using namespace evalx::http;

namespace {

constexpr std::size_t kPiecesMax = 8;

/// The size that a byte of the input means: 1 to 64, then up to 12 KiB in steps of 64.
std::size_t size_of_piece(std::uint8_t byte) {
  return byte < 64 ? byte + 1U : (byte - 62U) * 64U;
}

/// Small, so that inputs meet them.
SessionLimits small_limits() {
  SessionLimits limits;
  limits.header = {1024};
  limits.header_fields = 12;
  limits.target = {256};
  limits.body = {512};
  limits.bodies_per_thread = {768};
  return limits;
}

/// Refuses targets that begin with "/no", and sees no body.
class Gate final : public Handler {
 public:
  Task<Response> handle(Request) override { co_return Response{}; }
  std::optional<Response> admit(Request& head) override {
    EVALX_ASSERT(head.body.empty() && !head.target.empty());
    if (!head.target.starts_with("/no")) return std::nullopt;
    Response response;
    response.status = 403;
    return response;
  }
};

/// How the reader took one request, and where it ended in the bytes of the connection.
struct Outcome {
  Incoming::Kind kind;
  unsigned status;
  bool keep_alive;
  Framing framing;
  Request request;
  std::size_t begin;
  std::size_t end;
};

class Connection {
 public:
  Connection(asio::io_context& loop, Connections& table)
      : sockets_(make_pair()),
        socket_(loop.get_executor(), asio::ip::tcp::v4(), sockets_[0]),
        entry_(table, socket_) {}
  ~Connection() {
    if (sockets_[1] >= 0) ::close(sockets_[1]);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::string_view piece) {
    sent_ += piece.size();
    const ssize_t size = ::send(sockets_[1], piece.data(), piece.size(), MSG_NOSIGNAL);
    EVALX_ASSERT(size == static_cast<ssize_t>(piece.size()));
  }
  void end() { ::shutdown(sockets_[1], SHUT_WR); }

  /// As serve() in session.cpp reads, without answers.
  Task<> read() {
    for (;;) {
      const std::size_t begin = used();
      Incoming incoming = co_await read_request(socket_, input_, entry_, gate_);
      entry_.release_body();
      const bool goes_on = incoming.kind != Incoming::Kind::Gone && incoming.keep_alive;
      outcomes.push_back({incoming.kind, incoming.refusal.status, incoming.keep_alive,
                          incoming.framing, std::move(incoming.request), begin, used()});
      if (!goes_on) break;
    }
    ended = true;
  }
  /// Bytes that the reader left to the kernel.
  [[nodiscard]] std::size_t unread() {
    int bytes = 0;
    EVALX_ASSERT(::ioctl(sockets_[0], FIONREAD, &bytes) == 0);
    return static_cast<std::size_t>(bytes);
  }

  std::vector<Outcome> outcomes;
  bool ended = false;

 private:
  static std::array<int, 2> make_pair() {
    std::array<int, 2> sockets{};
    EVALX_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) == 0);
    return sockets;
  }
  std::size_t used() { return sent_ - unread() - input_.view().size(); }

  std::array<int, 2> sockets_;
  Socket socket_;
  InputBuffer input_;
  ConnectionEntry entry_;
  Gate gate_;
  std::size_t sent_ = 0;
};

/// Runs the reader until it waits for more bytes.
void let_read(asio::io_context& loop) {
  loop.restart();
  loop.poll();
}

std::vector<Outcome> read_in_pieces(const std::vector<std::string_view>& pieces) {
  static asio::io_context loop{1};
  static const SystemClock clock;
  static const SessionLimits limits = small_limits();
  static std::atomic<std::size_t> open = 0;
  Connections table{clock, limits, open};
  Connection connection{loop, table};
  asio::co_spawn(loop, connection.read(), asio::detached);
  for (const std::string_view piece : pieces) {
    connection.send(piece);
    let_read(loop);
    EVALX_ASSERT(connection.ended || connection.unread() == 0);
  }
  connection.end();
  let_read(loop);
  EVALX_ASSERT(connection.ended);
  return std::move(connection.outcomes);
}

void check_same(const Outcome& a, const Outcome& b) {
  EVALX_ASSERT(a.kind == b.kind && a.status == b.status && a.keep_alive == b.keep_alive);
  EVALX_ASSERT(a.framing == b.framing);
  EVALX_ASSERT(a.request.method == b.request.method && a.request.target == b.request.target);
  EVALX_ASSERT(a.request.body == b.request.body);
  EVALX_ASSERT(a.request.headers.size() == b.request.headers.size());
  for (std::size_t i = 0; i < a.request.headers.size(); ++i) {
    EVALX_ASSERT(a.request.headers[i].name == b.request.headers[i].name);
    EVALX_ASSERT(a.request.headers[i].value == b.request.headers[i].value);
  }
  if (a.kind == Incoming::Kind::Whole) EVALX_ASSERT(a.begin == b.begin && a.end == b.end);
}

void check_limits(const Outcome& outcome, const fuzz::HttpReading& reading) {
  static const SessionLimits limits = small_limits();
  EVALX_ASSERT(reading.head_bytes <= limits.header.count);
  EVALX_ASSERT(outcome.request.headers.size() <= limits.header_fields);
  EVALX_ASSERT(reading.target.size() <= limits.target.count);
  EVALX_ASSERT(outcome.request.body.size() <= limits.body.count);
}

/// `bytes` are those of the connection.
void check_accepted(const Outcome& outcome, std::string_view bytes) {
  std::string_view own = bytes.substr(outcome.begin, outcome.end - outcome.begin);
  if (own.starts_with("\r\n")) own.remove_prefix(2);
  const auto reading = fuzz::read_http(own);
  EVALX_ASSERT(reading.has_value() && reading->bytes == own.size());
  EVALX_ASSERT(reading->method == outcome.request.method);
  EVALX_ASSERT(reading->target.ends_with(outcome.request.target) ||
               reading->target.starts_with("http"));
  EVALX_ASSERT(reading->fields == outcome.request.headers.size());
  EVALX_ASSERT(reading->body == outcome.request.body);
  check_limits(outcome, *reading);
}

/// A refusal has a status of its kind; after one without a known end nothing more is read.
void check_refused(const Outcome& outcome) {
  EVALX_ASSERT((outcome.status >= 400 && outcome.status < 500) || outcome.status == 501 ||
               outcome.status == 503);
  EVALX_ASSERT(outcome.request.body.empty());
  EVALX_ASSERT(!outcome.keep_alive || outcome.status == 403);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t count = data[0] % kPiecesMax;
  if (size < 1 + count) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1 + count, size - 1 - count};
  std::vector<std::string_view> pieces;
  std::size_t at = 0;
  for (std::size_t i = 0; i < count && at < bytes.size(); ++i) {
    pieces.push_back(bytes.substr(at, size_of_piece(data[1 + i])));
    at += pieces.back().size();
  }
  if (at < bytes.size()) pieces.push_back(bytes.substr(at));

  const auto whole = read_in_pieces({bytes});
  const auto split = read_in_pieces(pieces);
  EVALX_ASSERT(whole.size() == split.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    check_same(whole[i], split[i]);
    if (whole[i].kind == Incoming::Kind::Whole) check_accepted(whole[i], bytes);
    if (whole[i].kind == Incoming::Kind::Refused) check_refused(whole[i]);
  }
  return 0;
}
