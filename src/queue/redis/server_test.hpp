#pragma once
// Server: a redis-server for one test, on a free loopback port, in a temporary folder.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "queue/redis/address.hpp"
#include "queue/redis/reply.hpp"

extern char** environ;

namespace evalx::queue::redis {

/// Debian's redis-tools contains this binary, which is the server if argv[0] is "redis-server". The
/// package redis-server would also start a service.
inline const char* const kServerBinary = "/usr/bin/redis-check-rdb";

inline bool has_server() {
  return ::access(kServerBinary, X_OK) == 0;
}

class Server {
 public:
  explicit Server(std::vector<std::string> options = {"--appendonly", "yes", "--appendfsync",
                                                      "always"})
      : options_(std::move(options)) {
    std::string name = std::filesystem::temp_directory_path() / "evalx-redis-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    address_.port = free_port();
    start();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    stop(SIGKILL);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  [[nodiscard]] const Address& address() const { return address_; }

  /// Starts it on the same port and folder as before; returns when it answers.
  void start() {
    std::vector<std::string> words{"redis-server",
                                   "--port",
                                   std::to_string(address_.port),
                                   "--bind",
                                   "127.0.0.1",
                                   "--dir",
                                   directory_.string(),
                                   "--save",
                                   "",
                                   "--logfile",
                                   (directory_ / "log").string()};
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ASSERT_EQ(::posix_spawn(&pid_, kServerBinary, nullptr, nullptr, argv.data(), environ), 0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!answers()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "redis-server does not answer";
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }

  void stop(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
  }

  /// Runs one command, on a connection of its own.
  Reply run(const std::vector<std::string>& command) {
    const auto connection = connect();
    if (!connection) return {};
    const std::string bytes = encode(command);
    EXPECT_EQ(::write(connection->fd, bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
    Decoder decoder;
    char buffer[16384];
    while (true) {
      auto reply = decoder.next();
      if (reply && *reply) return **std::move(reply);
      const ssize_t count = ::read(connection->fd, buffer, sizeof buffer);
      if (count <= 0 || !decoder.feed({buffer, static_cast<std::size_t>(count)})) return {};
    }
  }

 private:
  struct Close {
    void operator()(redisContext* context) const { ::redisFree(context); }
  };
  std::unique_ptr<redisContext, Close> connect() const {
    std::unique_ptr<redisContext, Close> context{::redisConnect("127.0.0.1", address_.port)};
    if (context && context->err != 0) context.reset();
    return context;
  }
  bool answers() {
    const Reply reply = run({"PING"});
    return reply.text == "PONG" || reply.text.starts_with("NOAUTH");
  }

  static std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    ::close(fd);
    return ntohs(address.sin_port);
  }

  std::vector<std::string> options_;
  std::filesystem::path directory_;
  Address address_;
  pid_t pid_ = -1;
};

}  // namespace evalx::queue::redis
