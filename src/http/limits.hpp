#pragma once
// SessionLimits: the bounds of one connection and of the connections of one thread.

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace evalx::http {

/// Deadlines are kept by a sweeper that looks every `sweep_interval`: they hold to within that.
struct SessionLimits {
  Bytes header = kibibytes(16);              ///< Request line and fields together; beyond: 431.
  std::size_t header_fields = 100;           ///< Beyond: 431.
  Bytes target = kibibytes(8);               ///< Beyond: 414.
  Bytes body = mebibytes(16);                ///< Beyond: 413.
  Bytes bodies_per_thread = mebibytes(512);  ///< Of all requests being read or handled; then 503.

  Milliseconds header_time{10'000};     ///< From the first byte of a request to its empty line.
  Milliseconds idle_time{75'000};       ///< Between two requests of a connection.
  Milliseconds transfer_time{30'000};   ///< For a body in either direction, plus the rate below.
  Bytes transfer_rate = kibibytes(64);  ///< The least a peer must read or write per second.
  Milliseconds linger_time{5'000};      ///< For a peer still sending what we refused to read.
  Milliseconds sweep_interval{1'000};

  /// How long a body of that size may take.
  [[nodiscard]] Milliseconds time_for(Bytes size) const {
    return transfer_time + Milliseconds{size.count * 1000 / transfer_rate.count};
  }
};

}  // namespace evalx::http
