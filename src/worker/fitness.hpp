#pragma once
// Fitness: whether this worker can run programs. After several faults in a row a self-test decides;
// while that fails, the worker takes no jobs.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/wakeup.hpp"

namespace evalx::worker {

/// Compiles and runs a program on this worker. Errors: why it cannot.
using SelfTest = std::function<Task<Result<>>(std::stop_token)>;

struct FitnessRules {
  /// Attempts, of any jobs, that end by a fault of ours while no attempt succeeds. After the last
  /// of them a self-test begins.
  unsigned faults_in_a_row = 3;
  /// After a failed self-test; doubled each time, up to longest_pause.
  Milliseconds first_pause{5'000};
  Milliseconds longest_pause{300'000};
};

/// Lives on one event loop.
class Fitness {
 public:
  struct Hooks {
    SelfTest self_test;                 ///< Empty: the worker counts as fit, whatever happens.
    std::function<void(Task<>)> spawn;  ///< Runs a coroutine, which this object must outlive.
    /// Why the worker takes no jobs, after each failed self-test; empty once it is fit again.
    std::function<void(std::string reason)> changed;
    std::stop_token stop;  ///< No job is leased after this: self-tests end.
  };
  Fitness(const Executor& executor, FitnessRules rules, Hooks hooks);

  /// An attempt was judged to its end.
  void succeeded();
  /// An attempt of this job ended by a fault. True if the worker is the cause, or if it was stopped
  /// before that was known: the attempt must not be charged. Waits for a self-test after several
  /// faults in a row, and after a second one of the same job.
  Task<bool> is_to_blame(std::string token, Error fault);

  /// Whether jobs may be leased.
  [[nodiscard]] bool may_lease() const { return !is_testing_; }
  /// Waits until jobs may be leased; false after a stop.
  Task<bool> wait_until_fit();
  /// The outcome of the self-test that is under way: true if it passes, false if it fails or is
  /// stopped. True at once if none is.
  Task<bool> outcome();

  [[nodiscard]] bool is_fit() const { return !is_unfit_; }
  struct Counters {
    std::uint64_t passed = 0, failed = 0;
  };
  /// Self-tests since the start.
  [[nodiscard]] const Counters& self_tests() const { return self_tests_; }

 private:
  Task<> prove(Error fault);
  void passed();
  void failed(const Error& why, const Error& fault, Milliseconds pause);

  Executor executor_;
  const FitnessRules rules_;
  const Hooks hooks_;
  unsigned faults_ = 0;              ///< In a row.
  std::set<std::string> failed_;     ///< The jobs of these faults.
  bool is_testing_ = false;          ///< From the first self-test until one passes.
  bool is_unfit_ = false;            ///< The last self-test failed.
  std::optional<Wakeup> known_;      ///< Set when the first self-test has ended.
  std::optional<Wakeup> fit_again_;  ///< Set when one has passed.
  Counters self_tests_;
};

}  // namespace evalx::worker
