#pragma once
// OutputBudget: bounds the size of all tests' outputs in one report, for any number of tests. The
// compiler's output has its own bound, kMaxCompilerWords.

#include <cstddef>
#include <cstdint>

#include "submission/report.hpp"

namespace evalx::judge {

/// Bytes that the outputs of all tests of one report may have together.
inline constexpr std::uint64_t kMaxReportOutput = 32ULL * 1024 * 1024;

/// Half of the bound is divided evenly among the outputs (stdout and stderr of each test), so that
/// the last test keeps some output even if the first ones wrote much. The other half is given to
/// the first outputs that need it, in the order of the calls of charge().
class OutputBudget {
 public:
  explicit OutputBudget(std::size_t tests, std::uint64_t most = kMaxReportOutput)
      : even_share_(most / 2 / (2 * tests)), spare_(most - most / 2) {}

  /// Shortens `head` to its share of the budget. `total_bytes` keeps its value, so a shortened
  /// output counts as truncated.
  void charge(submission::Output& output) {
    if (output.head.size() <= even_share_) return;
    const std::uint64_t over = output.head.size() - even_share_;
    const std::uint64_t granted = over < spare_ ? over : spare_;
    spare_ -= granted;
    output.head.resize(even_share_ + granted);
    output.head.shrink_to_fit();
  }

 private:
  std::uint64_t even_share_;
  std::uint64_t spare_;
};

}  // namespace evalx::judge
