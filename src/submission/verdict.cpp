#include "submission/verdict.hpp"

#include <array>
#include <utility>

#include "base/assert.hpp"

namespace evalx::submission {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 13> kWords{{
    {Verdict::Accepted, "accepted"},
    {Verdict::WrongAnswer, "wrong_answer"},
    {Verdict::CompileError, "compile_error"},
    {Verdict::TimeLimit, "time_limit"},
    {Verdict::WallLimit, "wall_limit"},
    {Verdict::MemoryLimit, "memory_limit"},
    {Verdict::OutputLimit, "output_limit"},
    {Verdict::RuntimeError, "runtime_error"},
    {Verdict::SecurityViolation, "security_violation"},
    {Verdict::InternalError, "internal_error"},
    {Verdict::Cancelled, "cancelled"},
    {Verdict::Expired, "expired"},
    {Verdict::Skipped, "skipped"},
}};

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
  for (const auto& [value, word] : kWords) {
    if (value == verdict) return word;
  }
  EVALX_ASSERT(false && "a verdict without a word");
}

std::optional<Verdict> verdict_from_string(std::string_view word) noexcept {
  for (const auto& [value, text] : kWords) {
    if (text == word) return value;
  }
  return std::nullopt;
}

}  // namespace evalx::submission
