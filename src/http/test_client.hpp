#pragma once
// TestClient: a blocking HTTP/1.1 client with one socket, for the tests of any room. It can also
// send malformed requests.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace evalx::http {

struct Reply {
  unsigned status = 0;  ///< 0: the connection ended before the reply was complete.
  std::vector<Header> headers;
  std::string body;

  /// The first header field with this name; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// Each operation waits at most ten seconds. After a failure it returns an empty result, or status
/// 0.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port, const std::string& address = "127.0.0.1");
  TestClient(TestClient&& other) noexcept;
  TestClient& operator=(TestClient&&) = delete;
  ~TestClient();

  [[nodiscard]] bool connected() const { return socket_ >= 0; }

  /// Sends a request with Host and Content-Length and reads its reply. The connection stays open.
  Reply request(std::string_view method, std::string_view target, std::string_view body = {},
                const std::vector<Header>& headers = {});

  /// Returns false if the peer has closed the connection.
  bool send(std::string_view bytes);
  /// `method`: of the request, because a reply to HEAD has no body.
  Reply read_reply(std::string_view method = "GET");
  /// Reads the status line and header only. Read the body with read_chunk() or read_rest().
  Reply read_head();
  /// Reads the next chunk of a chunked body; nullopt after the last one, or if the connection
  /// ended.
  std::optional<std::string> read_chunk();
  /// Reads until the peer closes the connection.
  std::string read_rest();
  /// Whether the peer closes or resets the connection without sending more bytes.
  bool closed_by_peer();

  void shut_sending_down();
  /// Closes the connection with a reset.
  void reset();

 private:
  bool receive();
  std::optional<std::string> take_line();
  std::optional<std::string> take(std::size_t count);

  int socket_ = -1;
  std::string input_;
};

}  // namespace evalx::http
