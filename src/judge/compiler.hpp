#pragma once
// Compiler: returns the compiled program of a key. It comes from the store, or is compiled once for
// all callers that ask for it at the same time.

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "artifact/share.hpp"
#include "artifact/store.hpp"
#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/program_file.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "judge/reservoir.hpp"
#include "sandbox/pack.hpp"
#include "sandbox/sandbox.hpp"
#include "submission/report.hpp"

namespace evalx::judge {

/// The limits of one compilation; a language's own allowance is added.
inline constexpr submission::Limits kCompileLimits = [] {
  submission::Limits limits;
  // Names every limit: a new one does not compile until it is decided here.
  auto& [cpu_time, wall_time, memory, stack, output, file_size, processes, open_files] = limits;
  cpu_time = Microseconds{30'000'000};
  wall_time = Microseconds{60'000'000};
  memory = mebibytes(1024);
  stack = std::nullopt;
  output = mebibytes(4);
  file_size = mebibytes(256);
  processes = 128;
  open_files = 1024;
  return limits;
}();
inline constexpr Bytes kCompileBoxSize = mebibytes(512);
inline constexpr unsigned kCompileBoxInodes = 16'384;
/// Bytes of the compiler's output in a report, without a line of ours that says why there is no
/// program. A longer output is cut in the middle.
inline constexpr std::size_t kMaxCompilerWords = 64UL * 1024;
/// A program lies in the memory of each box that runs it, outside of the program's own limit.
inline constexpr Bytes kMaxProgramSize = mebibytes(64);

struct Compilation {
  Digest key{};  ///< Digest of everything that the result depends on.
  std::vector<ProgramFile> files;
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::string take;  ///< The directory below /box where the command leaves the program.
  submission::Limits limits = kCompileLimits;
  SeccompProfile profile = SeccompProfile::Standard;
  std::string packages;  ///< Debian packages to install if the compiler is missing.
};

struct Compiled {
  /// Null: the compiler refused the sources or hit a limit. Bytes behind the pack may hold the
  /// report (judge/kept_report.hpp).
  sandbox::PackFd program;
  submission::CompileReport report;
};

/// Lives on one event loop. The constructor's arguments must outlive it.
class Compiler {
 public:
  /// `share` exchanges programs with other processes; null: nothing is shared.
  Compiler(sandbox::Sandbox& sandbox, artifact::Store& artifacts, Reservoir& reservoir,
           artifact::Share* share = nullptr);
  ~Compiler();
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  /// Callers that ask for a key while it is being compiled wait for that result, and get it as
  /// `cached`. A cached report has the output and the figures of the compilation that was done. If
  /// the compiler refuses the sources, the waiting callers get the refusal, but it is not stored: a
  /// later caller compiles again. If the caller that compiles is stopped, one of the waiting
  /// callers compiles instead. Errors: faults of evalX, which waiting callers get as well;
  /// operation_canceled if `stop` is requested.
  Task<Result<Compiled>> compile(Compilation compilation, std::stop_token stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace evalx::judge
