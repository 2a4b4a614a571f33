#pragma once
// Report: everything known about a judged submission.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "submission/verdict.hpp"

namespace evalx::submission {

/// The output of a program: kept up to the output limit, counted in full.
struct Output {
  std::string head;
  std::uint64_t total_bytes = 0;

  [[nodiscard]] bool truncated() const { return head.size() < total_bytes; }
};

struct TestReport {
  std::size_t index = 0;
  Verdict verdict = Verdict::InternalError;
  Microseconds cpu_time{};
  Microseconds wall_time{};
  Bytes memory_peak;
  std::optional<int> exit_code;  ///< Set if the program exited by itself.
  std::optional<int> signal;     ///< Set if a signal ended it.
  Output out;
  Output err;
  bool process_limit_hit = false;
  std::string message;  ///< For people: the reason, if the verdict alone does not show it.
};

struct CompileReport {
  bool cached = false;  ///< The program was already compiled.
  Microseconds cpu_time{};
  Microseconds wall_time{};
  Bytes memory_peak;
  Output output;  ///< The compiler's stdout and stderr together.
  std::optional<int> exit_code;
};

struct Report {
  /// Accepted if all tests are. CompileError if there is no program to run. Cancelled if any test
  /// is. Otherwise the verdict of the first test that is not accepted. A report without tests has
  /// the verdict of last_words.hpp.
  Verdict verdict = Verdict::InternalError;
  /// nullopt: the language has no compile step, or the submission ended before it was compiled.
  std::optional<CompileReport> compile;
  std::vector<TestReport> tests;  ///< In the order of the submission.
  std::string message;            ///< For people: why it was not judged. Empty if it was.
  Microseconds queue_time{};      ///< From its acceptance, or its last release, to this attempt.
  /// Wall time from the start of judging until it was compiled. 0: it was refused before that.
  Microseconds compile_time{};
  Microseconds run_time{};  ///< Wall time from then until the last test ended. 0: no test was run.
  unsigned attempt = 1;
};

/// Finished tests of a submission that is still being judged.
struct Checkpoint {
  std::string program;  ///< The fingerprint of what they were run with; opaque here.
  std::vector<TestReport> tests;
};

}  // namespace evalx::submission
