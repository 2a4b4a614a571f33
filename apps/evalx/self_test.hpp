#pragma once
// SelfTest: each language's own small program, compiled and judged in the sandbox.

#include <span>
#include <string>
#include <vector>

#include "base/seccomp_profile.hpp"
#include "base/task.hpp"
#include "judge/judge.hpp"
#include "language/language.hpp"
#include "submission/submission.hpp"

namespace evalx::app {

/// Its self-test as one who posts it would. Limits leave room for the slowest of runtimes on a
/// busy machine: what is tested is whether the language works, not how fast.
submission::Submission self_test_of(const language::Language& language);

struct SelfTestResult {
  const language::Language* language = nullptr;
  SeccompProfile profile = SeccompProfile::Standard;
  Result<submission::Report> report;
  [[nodiscard]] bool passed() const {
    return report && report->verdict == submission::Verdict::Accepted;
  }
};

/// One after the other, so that none is slowed down by the next. `judge` must outlive the call.
Task<SelfTestResult> run_self_test(judge::Judge& judge, const language::Language& language,
                                   std::stop_token stop);

/// Why it did not pass, in a few words; empty if it did.
std::string note_on(const SelfTestResult& result);

}  // namespace evalx::app
