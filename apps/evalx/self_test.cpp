#include "self_test.hpp"

#include "judge/progress.hpp"
#include "show/report_table.hpp"
#include "terminal/complaint.hpp"

namespace evalx::app {
namespace {

class NoProgress final : public judge::Progress {};

/// The first line of the compiler's output.
std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

Task<SelfTestResult> run_self_test(judge::Judge& judge, const language::Language& language,
                                   std::stop_token stop) {
  NoProgress progress;
  submission::Submission submission = judge::self_test_of(language);
  auto report = co_await judge.judge(std::move(submission), progress, std::move(stop));
  SelfTestResult result;
  result.language = &language;
  result.report = std::move(report);
  co_return result;
}

std::string note_on(const SelfTestResult& result) {
  if (!result.report) return words_of(result.report.error());
  const submission::Report& report = *result.report;
  if (report.verdict == submission::Verdict::CompileError && report.compile)
    return first_line(report.compile->output.head);
  ReportContext context;
  context.names = {result.language->id};
  context.answers = {result.language->self_test.expected_output};
  context.limits = judge::kSelfTestLimits;
  return result.passed() || report.tests.empty() ? report.message
                                                 : note_on(report.tests.front(), context);
}

}  // namespace evalx::app
