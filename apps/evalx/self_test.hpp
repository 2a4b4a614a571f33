#pragma once
// SelfTest: compiles and judges the small test program of a language in the sandbox.

#include <span>
#include <string>
#include <vector>

#include "base/seccomp_profile.hpp"
#include "base/task.hpp"
#include "judge/judge.hpp"
#include "language/language.hpp"
#include "submission/submission.hpp"

namespace evalx::app {

/// The self-test of a language as a client would submit it. The limits leave room for the slowest
/// runtime on a busy machine: the test is whether the language works, not how fast.
submission::Submission self_test_of(const language::Language& language);

struct SelfTestResult {
  const language::Language* language = nullptr;
  SeccompProfile profile = SeccompProfile::Standard;
  Result<submission::Report> report;
  [[nodiscard]] bool passed() const {
    return report && report->verdict == submission::Verdict::Accepted;
  }
};

/// Judges self_test_of(language). The caller sets the profile of the result, which is that of
/// `judge`. `judge` and `language` must outlive the call.
Task<SelfTestResult> run_self_test(judge::Judge& judge, const language::Language& language,
                                   std::stop_token stop);

/// The reason why the test did not pass, in a few words; empty if it did.
std::string note_on(const SelfTestResult& result);

}  // namespace evalx::app
