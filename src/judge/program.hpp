#pragma once
// Program: builds the program of a language's plan: compiled, or the sources as they are.

#include <stop_token>
#include <string>

#include "base/result.hpp"
#include "base/seccomp_profile.hpp"
#include "base/task.hpp"
#include "judge/compiler.hpp"
#include "language/language.hpp"
#include "language/plan.hpp"
#include "submission/limits.hpp"

namespace evalx::judge {

/// Adds what the language's runtime needs to the program's limits. The stack gets no allowance. If
/// `limits.stack` is nullopt, it becomes the memory limit, without the allowance.
submission::Limits with_allowance(submission::Limits limits, const language::Allowance& allowance);

/// The Debian packages of a language: "gcc, libc6-dev".
std::string package_list(const language::Language& language);

/// Compiles the program, or packs its sources if the language has no compile step. Moves the files
/// and the compile step out of `plan`. The same program has the same key for every caller, a server
/// or the command line. `profile` is the profile of the later runs; the key depends on it, so that
/// a program compiled under a wide profile is never run under a narrow one. Errors: those of
/// Compiler::compile(), and those of packing.
Task<Result<Compiled>> build_program(Compiler& compiler, const language::Language& language,
                                     language::Plan& plan, SeccompProfile profile,
                                     std::stop_token stop);

}  // namespace evalx::judge
