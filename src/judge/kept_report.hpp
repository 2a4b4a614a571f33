#pragma once
// KeptReport: the report of a compilation, kept behind the compiled program in the same file.

#include <optional>
#include <string>

#include "base/result.hpp"
#include "submission/report.hpp"

namespace evalx::judge {

// Layout behind the pack, little-endian: i64 CPU time and i64 wall time in µs, u64 peak memory,
// u64 bytes of output, u32 exit code, u32 1 if there is one, the output that is shown, u64 bytes of
// all this, "EVXCMPL1".

/// The bytes to store behind the program.
std::string bytes_of(const submission::CompileReport& report);

/// A program's file, split at the end of the program.
struct KeptReport {
  std::uint64_t program_bytes = 0;
  /// `cached` is set. nullopt: the file holds the program alone.
  std::optional<submission::CompileReport> report;
};
/// Errors: fstat(2)'s and pread(2)'s.
Result<KeptReport> read_kept_report(int program);

}  // namespace evalx::judge
