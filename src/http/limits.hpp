#pragma once
// SessionLimits: the limits of one connection, and of all connections of one thread.

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace evalx::http {

/// A sweeper checks the deadlines every `sweep_interval`, and a phase's start is known to one
/// interval only: a connection may live up to two intervals longer than these times.
struct SessionLimits {
  Bytes header = kibibytes(16);              ///< Request line and fields together; above: 431.
  std::size_t header_fields = 100;           ///< Above: 431.
  Bytes target = kibibytes(8);               ///< Above: 414.
  Bytes body = mebibytes(16);                ///< Above: 413.
  Bytes bodies_per_thread = mebibytes(512);  ///< Bodies of all requests in progress; above: 503.

  /// From a request's first byte to the end of its header, and from the accept to the first byte.
  Milliseconds header_time{10'000};
  Milliseconds idle_time{75'000};       ///< Between two requests.
  Milliseconds transfer_time{30'000};   ///< For a body or a response, beside `transfer_rate`.
  Bytes transfer_rate = kibibytes(64);  ///< The slowest allowed transfer, per second.
  /// For the rest of a request that has begun to arrive when the server starts to drain.
  Milliseconds drain_time{2'000};
  Milliseconds linger_time{5'000};      ///< For a peer that is still sending a refused request.
  Milliseconds sweep_interval{1'000};

  /// The longest time for a body or a response of this size.
  [[nodiscard]] Milliseconds time_for(Bytes size) const {
    return transfer_time + Milliseconds{size.count * 1000 / transfer_rate.count};
  }
};

}  // namespace evalx::http
