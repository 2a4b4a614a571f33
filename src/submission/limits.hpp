#pragma once
// Limits: what one run of a program may use.

#include <optional>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace evalx::submission {

struct Limits {
  Microseconds cpu_time{2'000'000};  ///< User and system time of all its processes together.
  Microseconds wall_time{6'000'000};
  Bytes memory = mebibytes(256);    ///< Of all its processes together, files in the box included.
  std::optional<Bytes> stack;       ///< nullopt: the memory limit.
  Bytes output = mebibytes(1);      ///< Of stdout and of stderr, each.
  Bytes file_size = mebibytes(64);  ///< Of one file it writes.
  unsigned processes = 64;          ///< Processes and threads at one time.
  unsigned open_files = 256;

  friend bool operator==(const Limits&, const Limits&) = default;
};

/// What a client may ask for; a request outside is refused by name, never clamped.
struct LimitBounds {
  Limits least{.cpu_time = Microseconds{1'000},
               .wall_time = Microseconds{1'000},
               .memory = mebibytes(4),
               .stack = kibibytes(64),
               .output = Bytes{0},
               .file_size = Bytes{0},
               .processes = 1,
               .open_files = 8};
  Limits most{.cpu_time = Microseconds{60'000'000},
              .wall_time = Microseconds{180'000'000},
              .memory = mebibytes(2048),
              .stack = mebibytes(2048),
              .output = mebibytes(16),
              .file_size = mebibytes(256),
              .processes = 512,
              .open_files = 4096};
};

}  // namespace evalx::submission
