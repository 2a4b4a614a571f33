#pragma once
// Connection: one connection to Redis that reconnects by itself. It is for pipelined commands, or
// for messages of channels.

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/timer.hpp"
#include "queue/redis/address.hpp"
#include "queue/redis/reply.hpp"

namespace evalx::queue::redis {

/// Lives on one event loop and belongs to its thread. After a loss it reconnects, with a back-off
/// from 50 ms to 2 s.
class Connection {
 public:
  /// Runs once on the loop's thread. An Error with the code not_connected means that nothing was
  /// sent; with any other code, the outcome is unknown. A Reply may be an error of Redis.
  using Done = std::function<void(Result<Reply>)>;
  struct Hooks {
    std::function<void()> ready;                ///< Connected, authenticated, database selected.
    std::function<void(const Error&)> lost;     ///< Disconnected, or connecting has failed.
    std::function<void(const Reply&)> message;  ///< If set, it subscribes, and call() is not used.
    std::vector<std::string> channels;          ///< The channels to subscribe to.
  };

  Connection(asio::io_context& loop, Address address, Hooks hooks);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  /// Fails all waiting calls and does not reconnect. The object must live until the loop has
  /// nothing left to do.
  void stop();

  void call(std::vector<std::string> command, Done done);
  [[nodiscard]] bool is_ready() const { return ready_; }

 private:
  using Tcp = asio::ip::tcp;
  using Socket = asio::basic_stream_socket<Tcp, Executor>;
  struct Call {
    Done done;
    std::size_t size = 0;
    std::chrono::steady_clock::time_point sent;
  };

  Task<> live();
  Task<> watch();
  Task<Result<>> connect();
  Task<Result<Reply>> ask(std::vector<std::string> command);
  Task<Result<>> read_replies();
  Result<> take(std::string_view bytes);
  void send(const std::string& bytes);
  void flush();
  void lose(const Error& why);

  asio::io_context& loop_;
  const Address address_;
  const Hooks hooks_;
  Socket socket_;
  Timer pause_, watch_;
  std::unique_ptr<Decoder> decoder_;
  std::deque<Call> calls_;
  std::string unsent_, sending_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t generation_ = 0;  ///< Counts sockets: a late write belongs to an earlier one.
  std::chrono::steady_clock::time_point heard_, began_;
  bool connecting_ = false;
  bool ready_ = false;
  bool stopped_ = false;
};

}  // namespace evalx::queue::redis
