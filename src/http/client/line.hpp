#pragma once
// Line: the socket of one call, closed when the time of a phase is over or a stop is requested.

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include "base/clock.hpp"
#include "base/timer.hpp"
#include "http/client/failure.hpp"

namespace evalx::http::client {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

/// Belongs to the thread of its event loop. A closed socket ends the operations that wait on it.
class Line {
 public:
  /// `total`: from now to the last moment of the call.
  Line(const Executor& executor, Milliseconds total, std::stop_token stop);
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line();

  /// Begins a phase: the socket is closed after `time`, or at the end of the call if that is
  /// earlier. `aim`: "TLS handshake with a.example", for the words of a timeout.
  void begin(std::string aim, Milliseconds time);

  /// The rest of the call's time; zero if it is over.
  [[nodiscard]] Milliseconds left() const;

  /// Why this object closed the socket, if it did.
  [[nodiscard]] const std::optional<Failure>& own_failure() const;

  [[nodiscard]] Socket& socket();
  /// Makes the socket ready for another connection, unless a stop was requested.
  void renew();

 private:
  struct State;
  struct OnStop {
    std::weak_ptr<State> state;
    Executor executor;
    void operator()() const noexcept;
  };

  std::shared_ptr<State> state_;
  std::stop_callback<OnStop> on_stop_;
};

}  // namespace evalx::http::client
