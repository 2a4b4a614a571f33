#pragma once
// Limits: what one run of a program may use, and the one table of all limits.
//
// To add a limit: add a member here and a row to the table in limits.cpp. Decoder, encoder,
// fingerprint, /v1/capabilities and the flags of the command line follow the table. Every other
// place that must decide about the new limit names all members, and does not compile until then.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace evalx::submission {

struct Limits {
  Microseconds cpu_time{2'000'000};  ///< User and system time of all its processes together.
  Microseconds wall_time{6'000'000};
  Bytes memory = mebibytes(256);    ///< All its processes together, files in the box included.
  std::optional<Bytes> stack;       ///< nullopt: the memory limit.
  Bytes output = mebibytes(1);      ///< For stdout and for stderr, each.
  Bytes file_size = mebibytes(64);  ///< Each file that it writes.
  unsigned processes = 64;          ///< Processes and threads at one time.
  unsigned open_files = 256;        ///< Each process.

  friend bool operator==(const Limits&, const Limits&) = default;
};

/// One member of Limits. Values are in the domain's units: µs, bytes, or a count.
struct LimitField {
  enum class Unit { Milliseconds, Kibibytes, Count };

  std::string_view name;  ///< In "limits" of a document; ends with the document's unit.
  Unit unit;              ///< The document's.
  std::uint64_t least;    ///< The bounds on what a client may ask for.
  std::uint64_t most;
  std::string_view flag;  ///< On the command line, such as "-t,--cpu-time"; empty: there is none.
  std::string_view help;  ///< A description of the limit, for --help.
  std::optional<std::uint64_t> (*get)(const Limits&);
  void (*set)(Limits&, std::uint64_t);

  /// Domain units in one unit of the document.
  [[nodiscard]] constexpr std::uint64_t scale() const {
    return unit == Unit::Milliseconds ? 1000 : unit == Unit::Kibibytes ? 1024 : 1;
  }
};

/// Every member of Limits once, in their order.
std::span<const LimitField> limit_fields();

/// `least` and `most` of the table.
Limits least_limits();
Limits most_limits();

/// The range that a client may ask for. A value outside is refused, never clamped.
struct LimitBounds {
  Limits least = least_limits();
  Limits most = most_limits();
};

/// The limits of a submission that names none: the members' defaults, moved inside the bounds.
Limits default_limits(const LimitBounds& bounds);
/// The wall limit of a submission that names only a CPU limit: three times that, at least the
/// default, at most the bound.
Microseconds default_wall_time(Microseconds cpu_time, const LimitBounds& bounds);

/// For specs that were checked when they were accepted: today's bounds do not refuse them.
LimitBounds any_limits();

}  // namespace evalx::submission
