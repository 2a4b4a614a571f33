#pragma once
// Judge: turns a submission into a report: compiles it once, examines every test, decides.

#include <memory>
#include <stop_token>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/seccomp_profile.hpp"
#include "base/task.hpp"
#include "submission/report.hpp"
#include "submission/submission.hpp"

namespace evalx::language {
class Catalogue;
}
namespace evalx::sandbox {
class Sandbox;
}
namespace evalx::artifact {
class Store;
class Share;
}  // namespace evalx::artifact

namespace evalx::judge {

class Progress;
class Reservoir;

/// Lives on one event loop. The constructor's arguments must outlive it.
class Judge {
 public:
  /// `profile` is the profile of every run; compilations have its compile_profile()
  /// (language/profiles.hpp). `share` is passed to the Compiler.
  Judge(const language::Catalogue& catalogue, sandbox::Sandbox& sandbox, artifact::Store& artifacts,
        Reservoir& reservoir, const Clock& clock, SeccompProfile profile = SeccompProfile::Standard,
        artifact::Share* share = nullptr);
  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  /// Returns a report, whatever the program does, with one TestReport for each test. A test is
  /// reported as skipped if the program does not compile, or if Policy::FirstFailure makes it
  /// unnecessary; as cancelled if `stop` was requested before it ended. If the language refuses the
  /// files or the compiler options, the verdict is CompileError, with the reason as the output.
  /// Errors are faults of evalX, after which the job may be retried, except for
  /// Errc::UnknownLanguage, which no retry can solve. ENOTSUP: the language is not installed here,
  /// or does not support the profile; another worker may have it.
  /// `progress` must outlive the call.
  Task<Result<submission::Report>> judge(submission::Submission submission, Progress& progress,
                                         std::stop_token stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace evalx::judge
