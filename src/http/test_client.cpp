#include "http/test_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <utility>

namespace evalx::http {
namespace {

constexpr timeval kPatience{10, 0};

std::size_t parse_size(std::string_view text, int base) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

}  // namespace

std::string Reply::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (same_name(header.name, name)) return header.value;
  }
  return {};
}

TestClient::TestClient(std::uint16_t port, const std::string& address) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) return;
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return;
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) < 0) {
    ::close(std::exchange(socket_, -1));
  }
}

TestClient::TestClient(TestClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), input_(std::move(other.input_)) {}

TestClient::~TestClient() {
  if (socket_ >= 0) ::close(socket_);
}

Reply TestClient::request(std::string_view method, std::string_view target, std::string_view body,
                          const std::vector<Header>& headers) {
  std::string bytes{method};
  bytes.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  for (const auto& [name, value] : headers) bytes.append(name + ": " + value + "\r\n");
  bytes.append("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n").append(body);
  send(bytes);
  return read_reply(method);
}

bool TestClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool TestClient::receive() {
  std::array<char, 65536> buffer;
  const ssize_t received = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (received <= 0) return false;
  input_.append(buffer.data(), static_cast<std::size_t>(received));
  return true;
}

std::optional<std::string> TestClient::take(std::size_t count) {
  while (input_.size() < count) {
    if (!receive()) return std::nullopt;
  }
  std::string bytes = input_.substr(0, count);
  input_.erase(0, count);
  return bytes;
}

std::optional<std::string> TestClient::take_line() {
  std::size_t end = input_.find("\r\n");
  for (; end == std::string::npos; end = input_.find("\r\n")) {
    if (!receive()) return std::nullopt;
  }
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 2);
  return line;
}

Reply TestClient::read_head() {
  Reply reply;
  const auto status_line = take_line();
  if (!status_line || status_line->size() < 12) return reply;
  for (auto line = take_line(); line; line = take_line()) {
    if (line->empty()) {
      reply.status = static_cast<unsigned>(parse_size(status_line->substr(9, 3), 10));
      return reply;
    }
    const std::size_t colon = line->find(": ");
    if (colon == std::string::npos) return reply;
    reply.headers.push_back({line->substr(0, colon), line->substr(colon + 2)});
  }
  return reply;
}

Reply TestClient::read_reply(std::string_view method) {
  Reply reply = read_head();
  const bool has_body = method != "HEAD" && reply.status >= 200 && reply.status != 204;
  if (!has_body) return reply;
  if (reply.header("Transfer-Encoding") == "chunked") {
    while (auto chunk = read_chunk()) reply.body += *chunk;
  } else if (const std::string length = reply.header("Content-Length"); !length.empty()) {
    auto body = take(parse_size(length, 10));
    if (!body) return {};
    reply.body = std::move(*body);
  } else {
    reply.body = read_rest();
  }
  return reply;
}

std::optional<std::string> TestClient::read_chunk() {
  const auto line = take_line();
  if (!line) return std::nullopt;
  const std::size_t size = parse_size(*line, 16);
  auto chunk = take(size);
  const auto end = take_line();
  if (!end || size == 0) return std::nullopt;
  return chunk;
}

std::string TestClient::read_rest() {
  while (receive()) {
  }
  return std::exchange(input_, {});
}

bool TestClient::closed_by_peer() {
  char byte = 0;
  if (!input_.empty()) return false;
  const ssize_t received = ::recv(socket_, &byte, 1, 0);
  return received == 0 || (received < 0 && errno != EAGAIN);
}

void TestClient::shut_sending_down() {
  ::shutdown(socket_, SHUT_WR);
}

void TestClient::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(socket_, -1));
}

}  // namespace evalx::http
