#include "http/client/test_peer.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/assert.hpp"

namespace evalx::http::client {

namespace asio = boost::asio;
namespace {

constexpr int kPatienceMs = 10'000;
constexpr int kDripPauseMs = 2;
constexpr int kReceiveBytes = 65'536;

int wait_readable(int socket, int patience_ms) {
  pollfd watched{socket, POLLIN, 0};
  return ::poll(&watched, 1, patience_ms);
}

SSL_CTX* context_with(const TestCertificate& pair) {
  SSL_CTX* const context = ::SSL_CTX_new(TLS_server_method());
  BIO* const certificate_text = ::BIO_new_mem_buf(pair.certificate.data(), -1);
  BIO* const key_text = ::BIO_new_mem_buf(pair.key.data(), -1);
  X509* const certificate = ::PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
  EVP_PKEY* const key = ::PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  EVALX_ASSERT(::SSL_CTX_use_certificate(context, certificate) == 1);
  EVALX_ASSERT(::SSL_CTX_use_PrivateKey(context, key) == 1);
  ::EVP_PKEY_free(key);
  ::X509_free(certificate);
  ::BIO_free(key_text);
  ::BIO_free(certificate_text);
  return context;
}

std::size_t announced_body(std::string_view head) {
  constexpr std::string_view kName = "\r\nContent-Length: ";
  const auto at = head.find(kName);
  if (at == head.npos) return 0;
  return std::strtoull(head.data() + at + kName.size(), nullptr, 10);
}

}  // namespace

int PeerConnection::receive(char* buffer, int size) {
  const bool has_read = tls_ != nullptr && ::SSL_pending(tls_) > 0;
  if (!has_read && wait_readable(socket_, kPatienceMs) <= 0) return 0;
  if (tls_ != nullptr) return ::SSL_read(tls_, buffer, size);
  return static_cast<int>(::recv(socket_, buffer, static_cast<std::size_t>(size), 0));
}

std::string PeerConnection::read_request() {
  std::string request;
  std::array<char, 16384> buffer{};
  for (;;) {
    const auto end = request.find("\r\n\r\n");
    if (end != request.npos && request.size() >= end + 4 + announced_body(request)) return request;
    const int count = receive(buffer.data(), static_cast<int>(buffer.size()));
    if (count <= 0) return request;
    request.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

bool PeerConnection::send(std::string_view bytes) {
  if (tls_ != nullptr) return ::SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void PeerConnection::wait_closed() {
  std::array<char, 16384> buffer{};
  while (receive(buffer.data(), static_cast<int>(buffer.size())) > 0) {
  }
}

void PeerConnection::drip(std::string_view piece) {
  while (wait_readable(socket_, kDripPauseMs) == 0 && send(piece)) {
  }
}

std::string PeerConnection::server_name() const {
  const char* const name = ::SSL_get_servername(tls_, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

void PeerConnection::omit_goodbye() {
  ::SSL_set_quiet_shutdown(tls_, 1);
}

TestPeer::TestPeer(Script script, std::optional<TestCertificate> certificate,
                   const std::string& address, std::uint16_t port)
    : script_(std::move(script)) {
  std::signal(SIGPIPE, SIG_IGN);
  if (certificate) context_ = context_with(*certificate);
  asio::ip::tcp::endpoint at{asio::ip::make_address(address), port};
  listener_ = ::socket(at.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  // A client that sends to a peer that does not read should notice soon.
  ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &kReceiveBytes, sizeof kReceiveBytes);
  EVALX_ASSERT(::bind(listener_, at.data(), static_cast<socklen_t>(at.size())) == 0);
  EVALX_ASSERT(::listen(listener_, 16) == 0);
  auto size = static_cast<socklen_t>(at.capacity());
  EVALX_ASSERT(::getsockname(listener_, at.data(), &size) == 0);
  port_ = at.port();
  thread_ = std::thread{[this] { serve(); }};
}

TestPeer::~TestPeer() {
  ::shutdown(listener_, SHUT_RDWR);  // Ends the accept(2) of the thread.
  thread_.join();
  ::close(listener_);
  ::SSL_CTX_free(context_);
}

void TestPeer::serve() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++accepted_;
    serve_one(socket);
    ::close(socket);
  }
}

void TestPeer::serve_one(int socket) {
  SSL* tls = nullptr;
  if (context_ != nullptr) {
    tls = ::SSL_new(context_);
    ::SSL_set_fd(tls, socket);
  }
  if (tls == nullptr || ::SSL_accept(tls) == 1) {
    PeerConnection connection{socket, tls};
    script_(connection);
    if (tls != nullptr) ::SSL_shutdown(tls);
  }
  ::SSL_free(tls);
}

}  // namespace evalx::http::client
