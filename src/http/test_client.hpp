#pragma once
// TestClient: a blocking HTTP/1.1 client over one socket, for tests of any room. It sends exactly
// the bytes it is given, so that broken requests can be sent too.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace evalx::http {

struct Reply {
  unsigned status = 0;  ///< 0: the connection ended before a whole reply had come.
  std::vector<Header> headers;
  std::string body;

  /// The first header of that name; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// Waits at most ten seconds for anything; a failure shows as an empty or status-0 answer.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port, const std::string& address = "127.0.0.1");
  TestClient(TestClient&& other) noexcept;
  TestClient& operator=(TestClient&&) = delete;
  ~TestClient();

  [[nodiscard]] bool connected() const { return socket_ >= 0; }

  /// One request with Host and Content-Length, and its reply. The connection stays open.
  Reply request(std::string_view method, std::string_view target, std::string_view body = {},
                const std::vector<Header>& headers = {});

  /// False if the peer has closed.
  bool send(std::string_view bytes);
  /// `method` is the request's: a reply to HEAD has no body.
  Reply read_reply(std::string_view method = "GET");
  /// Status line and headers only; the body is then read by read_chunk() or read_rest().
  Reply read_head();
  /// The next chunk of a chunked body; nullopt after the last, or when the connection ended.
  std::optional<std::string> read_chunk();
  /// Everything until the peer closes.
  std::string read_rest();
  /// True if the peer closes or resets without sending anything more.
  bool closed_by_peer();

  void shut_sending_down();
  /// Closes with a reset instead of an orderly end.
  void reset();

 private:
  bool receive();
  std::optional<std::string> take_line();
  std::optional<std::string> take(std::size_t count);

  int socket_ = -1;
  std::string input_;
};

}  // namespace evalx::http
