#pragma once
// OutputBudget: keeps the outputs of one report within a bound, however many its tests are.

#include <cstddef>
#include <cstdint>

#include "submission/report.hpp"

namespace evalx::judge {

/// What all outputs of one report may hold together.
inline constexpr std::uint64_t kMaxReportOutput = 32ULL * 1024 * 1024;

/// Half of the bound is divided evenly among the tests, so that the last test is not left without
/// because the first ones said much; the other half goes to whoever needs it first.
class OutputBudget {
 public:
  explicit OutputBudget(std::size_t tests, std::uint64_t most = kMaxReportOutput)
      : even_share_(most / 2 / (2 * tests)), spare_(most - most / 2) {}

  /// Shortens the head to what it may keep; its total stays, and so it shows as truncated.
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
