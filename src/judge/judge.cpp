#include "judge/judge.hpp"

#include <algorithm>
#include <utility>

#include "base/failpoint.hpp"
#include "judge/compiler.hpp"
#include "judge/errc.hpp"
#include "judge/plain_examination.hpp"
#include "judge/program.hpp"
#include "judge/progress.hpp"
#include "judge/trial.hpp"
#include "language/catalogue.hpp"
#include "language/plan.hpp"
#include "language/profiles.hpp"

namespace evalx::judge {
namespace {

using language::Language;
using language::Plan;
using submission::Report;
using submission::Submission;
using submission::Verdict;

Result<Plan> plan_of(const Language& language, Submission& submission) {
  const submission::Limits& limits = submission.limits;
  return language::plan(language, std::move(submission.files), submission.compiler_options,
                        {limits.memory, limits.stack.value_or(limits.memory)});
}

Candidate candidate_of(const Language& language, const submission::Limits& limits, Plan& plan,
                       sandbox::PackFd program, SeccompProfile profile) {
  Candidate candidate;
  candidate.profile = profile;
  candidate.program = std::move(program);
  candidate.argv = std::move(plan.run);
  candidate.environment = std::move(plan.run_environment);
  candidate.limits = with_allowance(limits, language.allowance);
  candidate.proc = language.shared_proc ? sandbox::Proc::Shared : sandbox::Proc::Own;
  candidate.packages = package_list(language);
  return candidate;
}

/// Why the language is not available here; empty if it is.
std::string missing(const Language& language, SeccompProfile profile) {
  return language.available() ? language::profile_problem(language, profile) : language.missing;
}

/// A report in which no test was run.
Report untested(Verdict verdict, Verdict of_tests, std::size_t tests) {
  Report report;
  report.verdict = verdict;
  report.tests.resize(tests);
  for (std::size_t index = 0; index < tests; ++index) {
    report.tests[index].index = index;
    report.tests[index].verdict = of_tests;
  }
  return report;
}

Report refused(const Error& why, std::size_t tests) {
  Report report = untested(Verdict::CompileError, Verdict::Skipped, tests);
  report.compile.emplace();
  report.compile->output = {why.what + "\n", why.what.size() + 1};
  return report;
}

/// Cancelled if any test was; otherwise the verdict of the first test that is not accepted.
Verdict verdict_of(const std::vector<submission::TestReport>& tests) {
  Verdict first = Verdict::Accepted;
  for (const submission::TestReport& test : tests) {
    if (test.verdict == Verdict::Cancelled) return Verdict::Cancelled;
    if (first == Verdict::Accepted) first = test.verdict;
  }
  return first;
}

bool is_cancelled(const Error& error, const std::stop_token& stop) {
  return stop.stop_requested() && error.code == std::errc::operation_canceled;
}

}  // namespace

struct Judge::State {
  const language::Catalogue& catalogue;
  sandbox::Sandbox& sandbox;
  Reservoir& reservoir;
  const Clock& clock;
  SeccompProfile profile;
  Compiler compiler;

  [[nodiscard]] Microseconds since(Clock::Instant start) const {
    return std::chrono::duration_cast<Microseconds>(clock.now() - start);
  }
};

Judge::Judge(const language::Catalogue& catalogue, sandbox::Sandbox& sandbox,
             artifact::Store& artifacts, Reservoir& reservoir, const Clock& clock,
             SeccompProfile profile, artifact::Share* share)
    : state_(new State{
          catalogue, sandbox, reservoir, clock, profile, {sandbox, artifacts, reservoir, share}}) {}
Judge::~Judge() = default;

Task<Result<Report>> Judge::judge(Submission submission, Progress& progress, std::stop_token stop) {
  State& state = *state_;
  const Clock::Instant start = state.clock.now();
  const std::size_t tests = submission.tests.size();
  const Language* const language = state.catalogue.find(submission.language);
  if (!language) co_return fail(Errc::UnknownLanguage, "unknown language", submission.language);
  if (std::string why = missing(*language, state.profile); !why.empty())
    co_return fail(std::make_error_code(std::errc::not_supported), why);
  auto plan = plan_of(*language, submission);
  if (!plan) co_return refused(plan.error(), tests);
  // "cached" would say that another client submitted the same program.
  if (!submission.owner.empty()) plan->digest_input += "\nowner " + submission.owner;
  const bool compiles = plan->compile.has_value();

  failpoint("worker.before_compile");
  auto compiled = co_await build_program(state.compiler, *language, *plan, state.profile, stop);
  if (!compiled && is_cancelled(compiled.error(), stop)) {
    co_return untested(Verdict::Cancelled, Verdict::Cancelled, tests);
  }
  if (!compiled) co_return tl::make_unexpected(std::move(compiled).error());
  failpoint("worker.after_compile");
  const Microseconds compile_time = state.since(start);
  if (compiles) progress.compiled(compiled->report);

  Report report;
  if (compiled->program) {
    Candidate candidate = candidate_of(*language, submission.limits, *plan,
                                       std::move(compiled->program), state.profile);
    std::unique_ptr<Examination> examination = std::make_unique<PlainExamination>(
        state.sandbox, std::move(candidate), std::move(submission.tests), submission.compare);
    const Clock::Instant compiled_at = state.clock.now();
    auto reports = co_await run_trial(std::move(examination), state.reservoir, submission.policy,
                                      progress, std::move(stop));
    if (!reports) co_return tl::make_unexpected(std::move(reports).error());
    report.tests = *std::move(reports);
    report.verdict = verdict_of(report.tests);
    report.run_time = state.since(compiled_at);
  } else {
    report = untested(Verdict::CompileError, Verdict::Skipped, tests);
  }
  if (compiles) report.compile = std::move(compiled->report);
  report.compile_time = compile_time;
  co_return report;
}

}  // namespace evalx::judge
