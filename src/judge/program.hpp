#pragma once
// Program: what comes of a language's plan: compiled, or its sources as they are.

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

/// What a language's own machinery needs comes on top of what the program may use. The stack is
/// the program's own: as large as its memory if not said otherwise.
submission::Limits with_allowance(submission::Limits limits, const language::Allowance& allowance);

/// The Debian packages of a language, for the words "install …".
std::string package_list(const language::Language& language);

/// Takes the plan's files and its compile step. Two who ask for the same program, a server and a
/// person at a terminal, ask for it by the same key. `profile`: that of the runs to come; under a
/// narrow one no program is taken that was compiled under a wider one than it would be now.
/// Errors: Compiler::compile's.
Task<Result<Compiled>> build_program(Compiler& compiler, const language::Language& language,
                                     language::Plan& plan, SeccompProfile profile,
                                     std::stop_token stop);

}  // namespace evalx::judge
