#pragma once
// ReportTable: a report for people: a row per test, and what all of them come to.

#include <string>
#include <vector>

#include "submission/report.hpp"
#include "submission/submission.hpp"
#include "terminal/table.hpp"

namespace evalx::app {

/// What a report does not hold and its reader knows.
struct ReportContext {
  std::vector<std::string> names;                   ///< Of the tests, in their order.
  std::vector<std::optional<std::string>> answers;  ///< Their expected outputs.
  submission::Compare compare;
  submission::Limits limits;  ///< Those that were set, the language's allowance included.
};

terminal::Style style_of(submission::Verdict verdict);
/// "wrong answer".
std::string words_of(submission::Verdict verdict);

/// Why a test was not accepted, in a few words; empty if the verdict says it all.
std::string note_on(const submission::TestReport& test, const ReportContext& context);

terminal::Table report_table(const submission::Report& report, const ReportContext& context);

/// "3 of 4 accepted · compiled in 312 ms · tests took 80 ms".
std::string summary_of(const submission::Report& report);

}  // namespace evalx::app
