#pragma once
// Progress: the interface through which the judge reports each step of one submission.

#include <functional>
#include <string>
#include <vector>

#include "submission/report.hpp"

namespace evalx::judge {

/// Called on the judge's thread, while the submission is being judged.
class Progress {
 public:
  /// Returns Examination::fingerprint(). Expensive: it reads the whole program. May be called while
  /// the submission is being judged.
  using ProgramName = std::function<std::string()>;

  /// The program is compiled, or the compiler refused it. Not called if the language has no compile
  /// step, or if it refused the files or the compiler options.
  virtual void compiled(const submission::CompileReport&) {}
  /// Called before the first test. Returns the reports of the tests that an earlier attempt
  /// finished with the same fingerprint, each index at most once. The judge puts them into its
  /// report unchanged: these tests are not run again, and tested() is not called for them.
  virtual std::vector<submission::TestReport> begin(ProgramName) { return {}; }
  /// A test ended. The report stays at its address while the submission is being judged.
  virtual void tested(const submission::TestReport&) {}

 protected:
  ~Progress() = default;
};

}  // namespace evalx::judge
