#pragma once
// TestPeer: a server with one thread that does to each connection what a test asks for, also what
// no HTTP server would do.

#include <openssl/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "http/client/test_certificates.hpp"

namespace evalx::http::client {

/// One accepted connection, with TLS if the peer has a certificate. Each wait ends after ten
/// seconds at the latest.
class PeerConnection {
 public:
  PeerConnection(int socket, SSL* tls) : socket_(socket), tls_(tls) {}

  /// Reads a request's head, and the body that its Content-Length announces.
  std::string read_request();
  /// Returns false if the client has closed the connection.
  bool send(std::string_view bytes);
  /// Returns after the client has closed the connection.
  void wait_closed();
  /// Sends `piece` again and again, with a pause, until the client closes the connection.
  void drip(std::string_view piece);
  /// The name that the client asked for (SNI); "" without one.
  [[nodiscard]] std::string server_name() const;
  /// The connection then ends without TLS's close_notify.
  void omit_goodbye();

 private:
  [[nodiscard]] int receive(char* buffer, int size);

  int socket_;
  SSL* tls_;
};

class TestPeer {
 public:
  using Script = std::function<void(PeerConnection&)>;

  /// Listens on `port` of `address`; on a free one if it is 0. Runs `script` for each connection in
  /// turn, then closes it.
  explicit TestPeer(Script script, std::optional<TestCertificate> certificate = std::nullopt,
                    const std::string& address = "127.0.0.1", std::uint16_t port = 0);
  TestPeer(const TestPeer&) = delete;
  TestPeer& operator=(const TestPeer&) = delete;
  /// Waits for the script of the last connection.
  ~TestPeer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int accepted() const { return accepted_; }

 private:
  void serve();
  void serve_one(int socket);

  const Script script_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_ = 0;
  std::thread thread_;
};

}  // namespace evalx::http::client
