#pragma once
// HumanUnits: reads and writes times and sizes with units.

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace evalx::terminal {

/// "500us", "20ms", "1.5s", "2m", "1h", and "5" for "5s": digits, at most six decimals, and a unit.
/// A fraction of a microsecond is cut off. The error lists what is allowed.
tl::expected<Microseconds, std::string> parse_duration(std::string_view text);

/// "100B", "64K", "1.5M", "2G", "1T", also "KiB" and so on, in either case: powers of 1024, always
/// with a unit, except "0". A fraction of a byte is cut off.
tl::expected<Bytes, std::string> parse_size(std::string_view text);

/// For help and messages: parsing the text returns the same value. Uses the largest unit that needs
/// no fraction: 1.5 s is "1500ms".
std::string write_duration(Microseconds time);
std::string write_size(Bytes size);

/// For a person, rounded: "0.9 ms", "12 ms", "2.00 s", "3 min 05 s".
std::string show_duration(Microseconds time);
/// "812 B", "3.4 MiB", "256 MiB".
std::string show_size(Bytes size);
/// The same for a figure of the kernel; empty for 0: it was not measured.
std::string show_measured(Bytes size);

}  // namespace evalx::terminal
