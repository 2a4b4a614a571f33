#pragma once
// ReportTable: a report as a table with a row for each test, and a summary.

#include <string>
#include <vector>

#include "submission/report.hpp"
#include "submission/submission.hpp"
#include "terminal/table.hpp"

namespace evalx::app {

/// Facts that the report does not contain. `names` and `answers` have an element for each test.
struct ReportContext {
  std::vector<std::string> names;                   ///< Names of the tests, in their order.
  std::vector<std::optional<std::string>> answers;  ///< Their expected outputs.
  submission::Compare compare;
  submission::Limits limits;  ///< The applied limits, with the allowance of the language.
};

terminal::Style style_of(submission::Verdict verdict);
/// "wrong answer".
std::string words_of(submission::Verdict verdict);

/// The reason why a test was not accepted, in a few words; may be empty.
std::string note_on(const submission::TestReport& test, const ReportContext& context);

terminal::Table report_table(const submission::Report& report, const ReportContext& context);

/// "3 of 4 accepted · compiled in 312 ms · tests took 80 ms".
std::string summary_of(const submission::Report& report);

}  // namespace evalx::app
