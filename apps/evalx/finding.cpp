#include "finding.hpp"

#include <algorithm>

#include "submission/json_writer.hpp"

namespace evalx::app {
namespace {

using State = Finding::State;

/// Of a foreign text: a path, or a kernel's word.
constexpr std::size_t kMaxFound = 200;

struct Look {
  const char* mark;
  const char* word;
  Style style;
};

Look look_of(State state) {
  switch (state) {
    case State::Good:
      return {"✓", "good", Style::Good};
    case State::Reduced:
      return {"!", "reduced", Style::Warning};
    case State::Missing:
      return {"✗", "missing", Style::Bad};
  }
  return {};
}

std::string summary_of(const std::vector<Finding>& findings) {
  const auto count = [&](State state) {
    return std::count_if(findings.begin(), findings.end(),
                         [state](const Finding& finding) { return finding.state == state; });
  };
  if (count(State::Missing) > 0)
    return "evalX does not work here: " + std::to_string(count(State::Missing)) + " missing";
  if (count(State::Reduced) > 0)
    return "evalX works here; " + std::to_string(count(State::Reduced)) + " could be better";
  return "evalX works here";
}

}  // namespace

bool is_anything_missing(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.state == State::Missing; });
}

std::string show_findings(const std::vector<Finding>& findings, const Paint& paint) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, display_width(finding.name));
  std::string text;
  for (const Finding& finding : findings) {
    const Look look = look_of(finding.state);
    text += paint(look.style, look.mark) + " " + paint(Style::Bold, finding.name);
    text.append(width - display_width(finding.name) + 2, ' ');
    text += printable(finding.found, kMaxFound) + "\n";
    const std::string indent(width + 4, ' ');
    if (!finding.loss.empty())
      text += indent + paint(Style::Dim, "without it: ") + finding.loss + "\n";
    if (!finding.fix.empty())
      text += indent + paint(Style::Dim, "to fix it:  ") + finding.fix + "\n";
  }
  return text + "\n" + summary_of(findings) + "\n";
}

std::string findings_json(const std::vector<Finding>& findings) {
  submission::JsonWriter json;
  json.begin_array();
  for (const Finding& finding : findings) {
    json.begin_object();
    json.key("name");
    json.text(finding.name);
    json.key("state");
    json.text(look_of(finding.state).word);
    json.key("found");
    json.text(finding.found);
    json.key("loss");
    finding.loss.empty() ? json.null() : json.text(finding.loss);
    json.key("fix");
    finding.fix.empty() ? json.null() : json.text(finding.fix);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

}  // namespace evalx::app
