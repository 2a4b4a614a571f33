#pragma once
// SelfTest: compiles and judges the small test program of a language in the sandbox.

#include <span>
#include <string>
#include <vector>

#include "base/seccomp_profile.hpp"
#include "base/task.hpp"
#include "judge/judge.hpp"
#include "judge/self_test.hpp"
#include "language/language.hpp"

namespace evalx::app {

struct SelfTestResult {
  const language::Language* language = nullptr;
  SeccompProfile profile = SeccompProfile::Standard;
  Result<submission::Report> report;
  [[nodiscard]] bool passed() const {
    return report && report->verdict == submission::Verdict::Accepted;
  }
};

/// Judges judge::self_test_of(language). The caller sets the profile of the result, which is that
/// of `judge`. `judge` and `language` must outlive the call.
Task<SelfTestResult> run_self_test(judge::Judge& judge, const language::Language& language,
                                   std::stop_token stop);

/// The reason why the test did not pass, in a few words; empty if it did.
std::string note_on(const SelfTestResult& result);

}  // namespace evalx::app
