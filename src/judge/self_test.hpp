#pragma once
// SelfTest: the small test program of a language, and whether this process can compile and run one.

#include <stop_token>

#include "base/result.hpp"
#include "base/task.hpp"
#include "judge/judge.hpp"
#include "language/catalogue.hpp"
#include "submission/submission.hpp"

namespace evalx::judge {

/// The limits leave room for the slowest runtime on a busy machine: the test is whether the
/// language works, not how fast.
inline constexpr submission::Limits kSelfTestLimits{.cpu_time = Microseconds{20'000'000},
                                                    .wall_time = Microseconds{60'000'000},
                                                    .memory = mebibytes(512),
                                                    .stack = std::nullopt};

/// The self-test of a language as a client would submit it.
submission::Submission self_test_of(const language::Language& language);

/// Judges the self-test of an available language, with a compiler if any has one; if that fails,
/// of two others: a broken installation of one language is not the end of the worker. The source
/// differs each time, so that nothing comes from a cache. `judge` and `catalogue` must outlive the
/// call. Errors, those of the first language: a fault of evalX; EPROTO if the verdict is wrong;
/// ENOTSUP if no language is available.
Task<Result<>> prove_ability(Judge& judge, const language::Catalogue& catalogue,
                             std::stop_token stop);

}  // namespace evalx::judge
