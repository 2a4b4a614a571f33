#pragma once
// Meta: what the tool wrote about a run into its meta-file (isolate(1), "META-FILES").

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace evalx::sandbox::isolate {

enum class Status {
  Ended,     ///< No status is written for a program that exited 0.
  NonZero,   ///< RE
  Signaled,  ///< SG
  TimedOut,  ///< TO
  Failed,    ///< XX: the tool's own failure.
};

struct Meta {
  Status status = Status::Ended;
  std::optional<int> exit_code;
  std::optional<int> signal;
  bool killed = false;      ///< By the tool.
  bool oom_killed = false;  ///< The kernel's OOM killer was at work in the control group.
  Milliseconds time{};      ///< User and system time together.
  Milliseconds wall{};
  std::optional<Bytes> group_peak;  ///< Of the control group, where one is used.
  Bytes resident_peak;              ///< Of the largest process.
  std::string message;              ///< For people.
};

/// Longer files are refused.
inline constexpr std::size_t kMaxMetaBytes = 16384;

/// Keys that are not known here are passed over: later versions of the tool may add some. A file
/// that says XX anywhere is a failure of the tool, whatever else stands in it. Errors: EBADMSG,
/// naming the line, for what is no key:value line, a number that is none, or a key said twice.
Result<Meta> parse_meta(std::string_view text);

}  // namespace evalx::sandbox::isolate
