#pragma once
// Report: all that is known of a judged submission.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "submission/verdict.hpp"

namespace evalx::submission {

/// What a program wrote: at most the output limit is kept, all of it is counted.
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
  std::string message;  ///< For people: why, where the verdict alone does not say it. May be empty.
};

struct CompileReport {
  bool cached = false;  ///< The artifact was there already: nothing was compiled.
  Microseconds cpu_time{};
  Microseconds wall_time{};
  Bytes memory_peak;
  Output output;  ///< The compiler's words, stdout and stderr together.
  std::optional<int> exit_code;
};

struct Report {
  Verdict verdict = Verdict::InternalError;  ///< Of the first test that is not accepted.
  std::optional<CompileReport> compile;      ///< nullopt: the language has no compile step.
  std::vector<TestReport> tests;             ///< In the order of the submission.
  std::string message;                       ///< For InternalError: the cause. Else empty.
  Microseconds queue_time{};
  Microseconds
      compile_time{};       ///< Wall time from the start of judging until the artifact was there.
  Microseconds run_time{};  ///< Wall time from there until the last test ended.
  unsigned attempt = 1;
};

/// Finished tests of a submission that is still being judged.
struct Checkpoint {
  std::string program;  ///< Names exactly what they were run with; opaque here.
  std::vector<TestReport> tests;
};

}  // namespace evalx::submission
