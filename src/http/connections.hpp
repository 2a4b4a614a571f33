#pragma once
// Connections: the table of one thread's connections. It closes those that pass their deadline.
//
// A session sets its phase and deadline by writing two fields; a sweeper reads them once a second.
// A timer for each operation would cost two system calls and 50 % more instructions.

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/limits.hpp"

namespace evalx::http {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

class ConnectionEntry;

/// Belongs to one thread. Must outlive its sessions.
class Connections {
 public:
  /// `open_everywhere` counts the connections of all threads of a server.
  Connections(const Clock& clock, const SessionLimits& limits,
              std::atomic<std::size_t>& open_everywhere);

  /// Closes every connection that has passed its deadline.
  void sweep();

  /// Closes idle connections; the others close after their next response. A request that has not
  /// arrived as a whole within `drain_time` is dropped: it has had no effect yet. Calls
  /// `when_empty` once, after the last connection has ended; possibly before drain() returns.
  void drain(std::function<void()> when_empty);

  /// Closes every connection and forgets the `when_empty` of drain().
  void close_all();

  /// Closes one connection that is Idle or in Header: the one with the nearest deadline. Returns
  /// false if there is none.
  bool evict_one();
  /// Whether evict_one() would probably find one. From any thread.
  [[nodiscard]] bool can_evict() const { return resting_.load(std::memory_order_relaxed) > 0; }

  [[nodiscard]] bool draining() const { return draining_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] const SessionLimits& limits() const { return limits_; }

  /// The value of the Date header, updated at each sweep.
  [[nodiscard]] std::string_view date() const { return date_; }

 private:
  friend class ConnectionEntry;

  const Clock& clock_;
  const SessionLimits& limits_;
  std::atomic<std::size_t>& open_everywhere_;
  std::vector<ConnectionEntry*> entries_;
  std::atomic<std::size_t> resting_ = 0;  ///< Those that evict_one() may close. Written here only.
  std::uint64_t body_bytes_ = 0;
  Clock::Instant now_;
  std::string date_;
  bool draining_ = false;
  Clock::Instant arrival_end_ = Clock::Instant::max();  ///< While draining: of all requests.
  std::function<void()> when_empty_;
};

enum class Phase {
  Idle,     ///< No byte of a request yet.
  Header,   ///< A part of a request's header has arrived.
  Body,     ///< The header has arrived, and its body is being read.
  Working,  ///< Handling a request, or writing a response.
};

/// The entry of one connection in the table, from accept to close.
class ConnectionEntry {
 public:
  static constexpr Milliseconds kNoDeadline = Milliseconds::max();

  ConnectionEntry(Connections& table, Socket& socket);
  ConnectionEntry(const ConnectionEntry&) = delete;
  ConnectionEntry& operator=(const ConnectionEntry&) = delete;
  ~ConnectionEntry();

  /// Sets phase and deadline: the connection is closed if it is in this phase for longer than
  /// `time` (up to two sweeps later).
  void enter(Phase phase, Milliseconds time);

  /// Sets a later deadline for the current phase, counted from its start.
  void extend(Milliseconds time);

  /// Takes memory for a body from the thread's budget. Returns false if the budget is used up.
  [[nodiscard]] bool take_body(std::size_t bytes);
  void release_body();

  [[nodiscard]] const SessionLimits& limits() const { return table_.limits_; }

 private:
  friend class Connections;

  void count_rest(bool rests);
  /// While the server drains, a request that still arrives has an earlier deadline.
  void heed_drain();

  Connections& table_;
  Socket& socket_;
  std::size_t index_;
  std::uint64_t body_bytes_ = 0;
  Phase phase_ = Phase::Idle;
  bool rests_ = false;  ///< Counted in Connections::resting_.
  Clock::Instant entered_;
  Clock::Instant deadline_ = Clock::Instant::max();
};

}  // namespace evalx::http
