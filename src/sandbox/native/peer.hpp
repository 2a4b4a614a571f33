#pragma once
// Peer: the worker's end of a socket to a supervisor or to the launcher. Every wait for an answer
// has a bound.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <memory>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/timer.hpp"
#include "sandbox/native/protocol.hpp"

namespace evalx::sandbox::native {

/// Lives on one event loop. One coroutine at a time waits for its messages, and keeps it alive.
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  /// `serial`: of a supervisor, that of its slot.
  Peer(asio::io_context& loop, kernel::Fd socket, std::uint64_t serial = 0);

  /// Does not wait. Errors: those of native::send(), EAGAIN among them.
  Result<> send(const Message& message, std::span<const int> fds = {});
  /// Awaits the next message. `buffer` is used only while a message is received. `patience`: how
  /// long the peer may be silent; nullopt: as long as it lives. Time in which this process did not
  /// run either, because both were stopped, counts as a quarter of it at most. Errors: receive()'s;
  /// ETIMEDOUT after `patience`: the peer must not be used again, because its answer may still
  /// come.
  Task<Result<Incoming>> next_message(MessageBuffer& buffer, std::optional<Milliseconds> patience);
  /// The peer reads an end of file after the messages that were sent; its own messages still
  /// arrive.
  void end_sending();
  void close();
  [[nodiscard]] std::uint64_t serial() const { return serial_; }

 private:
  Task<Result<Incoming>> wait(MessageBuffer& buffer);
  void start_step(Milliseconds step, unsigned left);

  asio::posix::basic_stream_descriptor<Executor> socket_;
  Timer timer_;
  std::uint64_t serial_;
  unsigned waits_ = 0;  ///< Begun and ended: a step of an earlier wait has no effect.
  bool late_ = false;
};

}  // namespace evalx::sandbox::native
