#include "judge/program.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/join.hpp"
#include "language/profiles.hpp"
#include "sandbox/pack.hpp"

namespace evalx::judge {
namespace {

Compilation compilation_of(const language::Language& language, language::Plan& plan,
                           SeccompProfile profile) {
  Compilation compilation;
  compilation.profile = language::compile_profile(profile);
  DigestBuilder key;
  // Artifacts of earlier releases hold no report: under this key they are not found.
  key.part("program and report").part(plan.digest_input).part(to_string(compilation.profile));
  for (const ProgramFile& file : plan.files) key.part(file.path).part(file.content);
  compilation.key = key.finish();
  compilation.files = std::move(plan.files);
  compilation.argv = *std::move(plan.compile);
  compilation.environment = std::move(plan.compile_environment);
  compilation.take = language::kOutFolder;
  compilation.limits = with_allowance(kCompileLimits, language.allowance);
  compilation.packages = package_list(language);
  return compilation;
}

}  // namespace

submission::Limits with_allowance(submission::Limits limits, const language::Allowance& allowance) {
  // Names every limit: a new one is added here, whether a language's runtime needs more of it or
  // not.
  auto& [cpu_time, wall_time, memory, stack, output, file_size, processes, open_files] = limits;
  if (!stack) stack = memory;
  memory += allowance.memory;
  cpu_time += allowance.cpu_time;
  wall_time += allowance.cpu_time;
  processes += allowance.processes;
  return limits;
}

std::string package_list(const language::Language& language) {
  return join(language.packages, ", ");
}

Task<Result<Compiled>> build_program(Compiler& compiler, const language::Language& language,
                                     language::Plan& plan, SeccompProfile profile,
                                     std::stop_token stop) {
  if (plan.compile) {
    Compilation compilation = compilation_of(language, plan, profile);
    auto compiled = co_await compiler.compile(std::move(compilation), std::move(stop));
    co_return compiled;
  }
  EVALX_CO_TRY(kernel::Fd packed, sandbox::pack(std::exchange(plan.files, {})));
  Compiled compiled;
  compiled.program = std::make_shared<const kernel::Fd>(std::move(packed));
  co_return compiled;
}

}  // namespace evalx::judge
