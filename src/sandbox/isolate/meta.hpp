#pragma once
// Meta: the tool's report about a run, its meta-file (isolate(1), "META-FILES").

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace evalx::sandbox::isolate {

enum class Status {
  Ended,     ///< A program that exited 0: the file has no status.
  NonZero,   ///< RE
  Signaled,  ///< SG
  TimedOut,  ///< TO
  Failed,    ///< XX: the tool's own failure.
};

struct Meta {
  Status status = Status::Ended;
  std::optional<int> exit_code;
  std::optional<int> signal;
  bool killed = false;      ///< The tool killed the program.
  bool oom_killed = false;  ///< The kernel's OOM killer acted in the control group.
  Milliseconds time{};      ///< User and system time together.
  Milliseconds wall{};
  std::optional<Bytes> group_peak;  ///< Peak memory of the control group, if one is used.
  Bytes resident_peak;              ///< Peak memory of the largest process.
  std::string message;              ///< Text for users.
};

/// Longer files are refused.
inline constexpr std::size_t kMaxMetaBytes = 16384;

/// Ignores unknown keys, which later versions of the tool may add. A file with the status XX
/// anywhere is a failure of the tool, whatever else it contains. Errors: EBADMSG, naming the line,
/// for a line that is not key:value, a malformed number, or a repeated key.
Result<Meta> parse_meta(std::string_view text);

}  // namespace evalx::sandbox::isolate
