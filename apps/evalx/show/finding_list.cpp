#include "show/finding_list.hpp"

#include <algorithm>

#include "submission/json_writer.hpp"

namespace evalx::app {
namespace {

using doctor::Finding;
using doctor::Findings;
using State = Finding::State;

/// Columns of a detail that are shown: it may come from the kernel or from a file.
constexpr std::size_t kMaxFound = 200;

struct Look {
  const char* mark;
  terminal::Style style;
};

Look look_of(const Finding& finding) {
  if (finding.state == State::Good) return {"✓", terminal::Style::Good};
  if (finding.state == State::Missing && finding.need == Finding::Need::Required)
    return {"✗", terminal::Style::Bad};
  return {"!", terminal::Style::Warning};
}

void write_text_or_null(submission::JsonWriter& json, std::string_view key,
                        const std::string& text) {
  json.key(key);
  text.empty() ? json.null() : json.text(text);
}

std::string summary_of(const Findings& findings) {
  const std::size_t missing = doctor::refusals(findings).size();
  const auto worse = static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [](const Finding& finding) { return finding.state != State::Good; }));
  if (missing > 0)
    return "evalX does not start here without --allow-weak: " + std::to_string(missing) +
           " missing";
  if (worse > 0) return "evalX works here; " + std::to_string(worse) + " could be better";
  return "evalX works here";
}

}  // namespace

std::string show_findings(const Findings& findings, const terminal::Paint& paint) {
  std::size_t width = 0;
  for (const Finding& finding : findings)
    width = std::max(width, terminal::display_width(finding.name));
  std::string text;
  for (const Finding& finding : findings) {
    const Look look = look_of(finding);
    text += paint(look.style, look.mark) + " " + paint(terminal::Style::Bold, finding.name);
    text.append(width - terminal::display_width(finding.name) + 2, ' ');
    text += terminal::printable(finding.detail, kMaxFound) + "\n";
    const std::string indent(width + 4, ' ');
    if (!finding.lost.empty())
      text += indent + paint(terminal::Style::Dim, "lost: ") + finding.lost + "\n";
    if (!finding.fix.empty())
      text += indent + paint(terminal::Style::Dim, "fix:  ") + finding.fix + "\n";
  }
  return text + "\n" + summary_of(findings) + "\n";
}

std::string findings_json(const Findings& findings, const EngineName& engine) {
  submission::JsonWriter json;
  json.begin_object();
  json.key("works");
  json.boolean(doctor::refusals(findings).empty());
  json.key("engine");
  json.text(engine.name);
  write_text_or_null(json, "engine_version", engine.version);
  json.key("mechanisms");
  json.begin_array();
  for (const Finding& finding : findings) {
    json.begin_object();
    json.key("name");
    json.text(finding.name);
    json.key("state");
    json.text(doctor::word_of(finding.state));
    json.key("required");
    json.boolean(finding.need == Finding::Need::Required);
    json.key("detail");
    json.text(finding.detail);
    write_text_or_null(json, "lost", finding.lost);
    write_text_or_null(json, "fix", finding.fix);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace evalx::app
