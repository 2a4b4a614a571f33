#pragma once
// Examination: how one test is judged: what runs for it and how its verdict is decided.

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.hpp"
#include "base/task.hpp"
#include "judge/reservoir.hpp"
#include "submission/report.hpp"

namespace evalx::judge {

/// Judges tests one after another, in boxes that it keeps from one test to the next. Belongs to one
/// lane of a trial (trial.hpp).
class Examiner {
 public:
  virtual ~Examiner() = default;

  /// Runs test `index` and decides its verdict. If `stop` is requested, the runs are killed and the
  /// verdict is Cancelled. Errors are faults of evalX; the examiner may be used again after one.
  /// The examiner must outlive the call.
  virtual Task<Result<submission::TestReport>> examine(std::size_t index, std::stop_token stop) = 0;
};

/// The tests of one submission, and all that is needed to judge each of them. The trial schedules
/// the tests (lanes, permits, order) and knows only this interface. PlainExamination compares
/// outputs; a checker program or an interactor would be another implementation. Lives on one event
/// loop.
class Examination {
 public:
  virtual ~Examination() = default;

  /// Number of tests; at least 1. Each is examined at most once.
  [[nodiscard]] virtual std::size_t tests() const = 0;
  /// The boxes and the memory that one examiner needs for one test; the same for all tests.
  [[nodiscard]] virtual Demand demand() const = 0;
  /// Identifies what the tests are run with: the program, its limits, its profile. Reports from an
  /// earlier attempt at the same submission are reused only if its fingerprint was equal. Empty if
  /// the program cannot be read. Expensive: it reads the whole program.
  [[nodiscard]] virtual std::string fingerprint() const = 0;
  /// A new examiner; the examination must outlive it. `permit`: for its boxes, to be kept until
  /// they are gone, with all processes in them.
  virtual std::unique_ptr<Examiner> examiner(std::shared_ptr<const void> permit) = 0;
};

}  // namespace evalx::judge
