#pragma once
// The fields of the documents, their words and bounds: decoder, encoder, capabilities and the test
// of the OpenAPI document all use these.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "submission/compare.hpp"
#include "submission/limits.hpp"
#include "submission/submission.hpp"

namespace evalx::submission {

using FieldNames = std::span<const std::string_view>;

inline constexpr std::array<std::string_view, 12> kSubmissionFields{
    "language", "source",           "source_base64",    "files",
    "tests",    "limits",           "compare",          "policy",
    "atomic",   "compiler_options", "expires_after_ms", "callback_url"};
inline constexpr std::array<std::string_view, 3> kFileFields{"path", "content", "content_base64"};
inline constexpr std::array<std::string_view, 6> kTestFields{
    "stdin", "stdin_base64", "expected_output", "expected_output_base64", "args", "args_base64"};
inline constexpr std::array<std::string_view, 3> kCompareFields{"mode", "absolute", "relative"};

inline constexpr std::array<std::string_view, 6> kReportFields{"verdict", "compile",   "tests",
                                                               "message", "timing_ms", "attempt"};
inline constexpr std::array<std::string_view, 9> kCompileReportFields{
    "cached",        "cpu_time_ms",  "wall_time_ms",     "memory_kb", "output",
    "output_base64", "output_bytes", "output_truncated", "exit_code"};
inline constexpr std::array<std::string_view, 17> kTestReportFields{
    "index",         "verdict",      "cpu_time_ms",      "wall_time_ms",
    "memory_kb",     "exit_code",    "signal",           "stdout",
    "stdout_base64", "stdout_bytes", "stdout_truncated", "stderr",
    "stderr_base64", "stderr_bytes", "stderr_truncated", "process_limit_hit",
    "message"};
inline constexpr std::array<std::string_view, 2> kCheckpointFields{"program", "tests"};
inline constexpr std::array<std::string_view, 3> kTimingFields{"queue", "compile", "run"};

inline constexpr std::array<std::pair<Policy, std::string_view>, 2> kPolicies{{
    {Policy::All, "all"},
    {Policy::FirstFailure, "first_failure"},
}};

/// The highest "version" of a stored spec that this evalx reads; a spec without one has version 1.
/// Increment it when specs get a new field or meaning. The encoder still writes the lowest version
/// that can hold a submission, so that workers one release apart can serve one queue.
inline constexpr std::uint64_t kSpecVersion = 3;
inline constexpr std::uint64_t kVersionOfAtomic = 2;
inline constexpr std::uint64_t kVersionOfOwner = 3;

inline constexpr std::size_t kMaxLanguageBytes = 64;
inline constexpr double kMaxTolerance = 1e100;

}  // namespace evalx::submission
