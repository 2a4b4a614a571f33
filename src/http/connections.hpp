#pragma once
// Connections: the table of one thread's connections, and the one place that closes late ones.
//
// A session states a phase and a deadline by writing two fields; a sweeper reads them all once a
// second. A timer per operation would cost two system calls and half as many instructions again.

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

class Place;

/// Belongs to one thread. Outlives the sessions in it.
class Connections {
 public:
  /// `open_everywhere` counts the connections of all threads of a server.
  Connections(const Clock& clock, const SessionLimits& limits,
              std::atomic<std::size_t>& open_everywhere);

  /// Looks at the clock and closes every connection past its deadline.
  void sweep();

  /// Closes idle connections; the others are told to close after their next response.
  /// `when_empty` is called once the last one has gone, possibly at once.
  void drain(std::function<void()> when_empty);

  /// Closes every connection; nobody is told any more when the last one has gone.
  void close_all();

  /// Closes the connection nearest its deadline among those with no request under way.
  bool evict_one();

  [[nodiscard]] bool draining() const { return draining_; }
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] const SessionLimits& limits() const { return limits_; }

  /// The Date header's value, as of the last sweep.
  [[nodiscard]] std::string_view date() const { return date_; }

 private:
  friend class Place;

  const Clock& clock_;
  const SessionLimits& limits_;
  std::atomic<std::size_t>& open_everywhere_;
  std::vector<Place*> places_;
  std::uint64_t body_bytes_ = 0;
  Clock::Instant now_;
  std::string date_;
  bool draining_ = false;
  std::function<void()> when_empty_;
};

enum class Phase {
  Idle,     ///< No byte of a request yet.
  Header,   ///< A request has begun, and nobody works on it yet.
  Working,  ///< A body is read, a request handled or a response written.
};

/// One connection's entry in the table, from its accept to its end.
class Place {
 public:
  static constexpr Milliseconds kNoDeadline = Milliseconds::max();

  Place(Connections& table, Socket& socket);
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place();

  /// The connection is closed if it is still in this phase after `time` (and one sweep).
  void enter(Phase phase, Milliseconds time);

  /// A later deadline for the phase at hand, counted from when it was entered.
  void extend(Milliseconds time);

  /// Takes memory for a body out of the thread's budget; false if there is none left.
  [[nodiscard]] bool take_body(std::size_t bytes);
  void release_body();

  [[nodiscard]] const SessionLimits& limits() const { return table_.limits_; }

 private:
  friend class Connections;

  Connections& table_;
  Socket& socket_;
  std::size_t index_;
  std::uint64_t body_bytes_ = 0;
  Phase phase_ = Phase::Idle;
  Clock::Instant entered_;
  Clock::Instant deadline_ = Clock::Instant::max();
};

}  // namespace evalx::http
