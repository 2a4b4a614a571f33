#pragma once
// Submission: a program, its tests, its limits and how its output is compared.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/program_file.hpp"
#include "submission/compare.hpp"
#include "submission/limits.hpp"

namespace evalx::submission {

struct Test {
  std::string stdin_bytes;
  std::optional<std::string> expected_output;  ///< nullopt: any output is right.
  std::vector<std::string> args;
};

enum class Policy {
  All,           ///< Every test is run.
  FirstFailure,  ///< Tests after the first that is not accepted are skipped.
};

struct Submission {
  std::string language;            ///< The catalogue's id, e.g. "cpp".
  std::vector<ProgramFile> files;  ///< At least one; the first is the entry.
  std::vector<Test> tests;         ///< At least one.
  Limits limits;
  Compare compare;
  Policy policy = Policy::All;
  bool atomic = false;  ///< A retry runs all tests again: it reuses none of an earlier attempt.
  std::vector<std::string> compiler_options;
  /// The name of the client's token; "" without one. Clients with other names share no compiled
  /// program with it. The server sets it, not the client.
  std::string owner;

  // The queue stores these beside the spec, which does not have them.

  /// If no worker has started it this long after its acceptance, it expires.
  std::optional<Milliseconds> expires_after;
  /// Called with the result when the submission has ended. Unchecked: any text.
  std::optional<std::string> callback_url;
};

/// Bounds on the shape of a submission; its size in bytes is bounded by that of the HTTP body.
inline constexpr std::size_t kMaxTests = 10'000;
inline constexpr std::size_t kMaxFiles = 256;
inline constexpr std::size_t kMaxArgs = 128;
inline constexpr std::size_t kMaxArgBytes = 4096;
inline constexpr std::size_t kMaxCompilerOptions = 32;
inline constexpr std::size_t kMaxPathBytes = 255;
inline constexpr std::size_t kMaxOwnerBytes = 64;
inline constexpr Milliseconds kMaxExpiresAfter = std::chrono::hours{24};  ///< The least is 1 ms.

}  // namespace evalx::submission
