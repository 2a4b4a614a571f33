#include "show/report_table.hpp"

#include <algorithm>

#include "show/first_difference.hpp"
#include "terminal/human_units.hpp"

namespace evalx::app {
namespace {

using submission::TestReport;
using submission::Verdict;

/// The last line of stderr, which names the error in most languages. Empty if stderr was truncated.
std::string last_line(const submission::Output& output) {
  std::string_view text = output.head;
  const auto end = text.find_last_not_of(" \t\r\n");
  if (output.truncated() || end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  return std::string(text.substr(text.find_last_of('\n') + 1));
}

std::string note_on_wrong_answer(const TestReport& test, const ReportContext& context) {
  const auto& answer = context.answers.at(test.index);
  // A truncated output cannot be compared again.
  if (!answer || test.out.truncated()) return test.message;
  return first_difference(context.compare, *answer, test.out.head).value_or(test.message);
}

bool was_run(Verdict verdict) {
  return verdict != Verdict::Skipped && verdict != Verdict::Cancelled &&
         verdict != Verdict::Expired;
}

}  // namespace

terminal::Style style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Accepted:
      return terminal::Style::Good;
    case Verdict::Cancelled:
    case Verdict::Expired:
    case Verdict::Skipped:
      return terminal::Style::Dim;
    case Verdict::InternalError:
      return terminal::Style::Warning;
    default:
      return terminal::Style::Bad;
  }
}

std::string words_of(Verdict verdict) {
  std::string words{submission::to_string(verdict)};
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string note_on(const TestReport& test, const ReportContext& context) {
  switch (test.verdict) {
    case Verdict::WrongAnswer:
      return note_on_wrong_answer(test, context);
    case Verdict::TimeLimit:
      return "limit " + terminal::show_duration(context.limits.cpu_time) + " of CPU";
    case Verdict::WallLimit:
      return "limit " + terminal::show_duration(context.limits.wall_time);
    case Verdict::MemoryLimit:
      return "limit " + terminal::show_size(context.limits.memory);
    case Verdict::RuntimeError: {
      const std::string words = last_line(test.err);
      return words.empty() ? test.message : test.message + ": " + words;
    }
    default:
      return test.message;
  }
}

terminal::Table report_table(const submission::Report& report, const ReportContext& context) {
  using Align = terminal::Column::Align;
  terminal::Table table{{{"test"},
                         {"verdict"},
                         {"cpu", Align::Right},
                         {"wall", Align::Right},
                         {"memory", Align::Right},
                         {""}}};
  for (const TestReport& test : report.tests) {
    const bool ran = was_run(test.verdict);
    table.add({{context.names.at(test.index)},
               {words_of(test.verdict), style_of(test.verdict)},
               {ran ? terminal::show_duration(test.cpu_time) : ""},
               {ran ? terminal::show_duration(test.wall_time) : ""},
               {ran ? terminal::show_measured(test.memory_peak) : ""},
               {note_on(test, context)}});
  }
  return table;
}

std::string summary_of(const submission::Report& report) {
  const auto accepted =
      std::count_if(report.tests.begin(), report.tests.end(),
                    [](const TestReport& test) { return test.verdict == Verdict::Accepted; });
  std::string text =
      std::to_string(accepted) + " of " + std::to_string(report.tests.size()) + " accepted";
  if (report.compile) {
    text += report.compile->cached
                ? " · cached"
                : " · compiled in " + terminal::show_duration(report.compile->wall_time);
  }
  return text + " · tests took " + terminal::show_duration(report.run_time);
}

}  // namespace evalx::app
