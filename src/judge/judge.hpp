#pragma once
// Judge: a submission in, a report out. Compiles once, runs every test in a box, decides.

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

/// Lives on one event loop. What it is given must outlive it.
class Judge {
 public:
  /// `profile`: of every run. Compilations have compile_profile() of it (language/profiles.hpp).
  /// `share`: Compiler's.
  Judge(const language::Catalogue& catalogue, sandbox::Sandbox& sandbox, artifact::Store& artifacts,
        Reservoir& reservoir, const Clock& clock, SeccompProfile profile = SeccompProfile::Standard,
        artifact::Share* share = nullptr);
  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  /// The report, whatever the program did, with one TestReport per test: skipped if it does not
  /// compile, cancelled where `stop` was requested before it ended. Files or options that the
  /// language refuses are a compile error in its words. Errors are faults of ours: retry the job.
  /// Errc::UnknownLanguage: and no retry will help. ENOTSUP: the language is not installed here, or
  /// not run under the profile; another worker may have it.
  /// `progress` must outlive the call.
  Task<Result<submission::Report>> judge(submission::Submission submission, Progress& progress,
                                         std::stop_token stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace evalx::judge
