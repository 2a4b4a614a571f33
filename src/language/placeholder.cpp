#include "language/placeholder.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace evalx::language {
namespace {

enum class Form { List, Text };

struct Placeholder {
  std::string_view name;
  Form form;
  bool in_compile;
  bool in_run;
};

constexpr std::array kPlaceholders{
    Placeholder{"sources", Form::List, true, false},
    Placeholder{"others", Form::List, true, false},
    Placeholder{"options", Form::List, true, false},
    Placeholder{"entry", Form::Text, true, true},
    Placeholder{"entry_stem", Form::Text, true, true},
    Placeholder{"main_class", Form::Text, false, true},
    Placeholder{"memory_mb", Form::Text, false, true},
    Placeholder{"stack_kb", Form::Text, false, true},
};

const Placeholder* find(std::string_view name) {
  const auto* found = std::find_if(kPlaceholders.begin(), kPlaceholders.end(),
                                   [&](const Placeholder& known) { return known.name == name; });
  return found == kPlaceholders.end() ? nullptr : found;
}

std::string text_of(std::string_view name, const Filling& filling) {
  if (name == "entry") return filling.entry;
  if (name == "entry_stem") return filling.entry_stem;
  if (name == "main_class") return filling.main_class;
  if (name == "memory_mb") return std::to_string(filling.memory_mb);
  EVALX_ASSERT(name == "stack_kb");
  return std::to_string(filling.stack_kb);
}

const std::vector<std::string>* list_of(std::string_view element, const Filling& filling) {
  if (element == "{sources}") return &filling.sources;
  if (element == "{others}") return &filling.others;
  if (element == "{options}") return &filling.options;
  return nullptr;
}

std::string expand_text(std::string_view element, const Filling& filling) {
  std::string text;
  while (true) {
    const std::size_t open = element.find('{');
    text.append(element.substr(0, open));
    if (open == std::string_view::npos) return text;
    const std::size_t close = element.find('}', open);
    EVALX_ASSERT(close != std::string_view::npos);
    text.append(text_of(element.substr(open + 1, close - open - 1), filling));
    element.remove_prefix(close + 1);
  }
}

}  // namespace

std::optional<std::string> placeholder_problem(std::string_view element, Step step) {
  std::string_view rest = element;
  while (true) {
    const std::size_t open = rest.find_first_of("{}");
    if (open == std::string_view::npos) return std::nullopt;
    const std::size_t close = rest.find_first_of("{}", open + 1);
    if (rest[open] == '}' || close == std::string_view::npos || rest[close] == '{') {
      return "an unmatched brace in " + std::string(element);
    }
    const std::string written(rest.substr(open, close - open + 1));
    const Placeholder* known = find(rest.substr(open + 1, close - open - 1));
    if (known == nullptr) return "unknown placeholder " + written;
    if (step == Step::Compile && !known->in_compile)
      return written + " is not available in a compile step";
    if (step == Step::Run && !known->in_run) return written + " is not available in a run step";
    if (known->form == Form::List && written != element)
      return written + " must be an element of its own";
    rest.remove_prefix(close + 1);
  }
}

bool mentions(const std::vector<std::string>& argv, std::string_view placeholder) {
  return std::any_of(argv.begin(), argv.end(), [&](const std::string& element) {
    return element.find(placeholder) != std::string::npos;
  });
}

std::vector<std::string> expand(const std::vector<std::string>& argv, const Filling& filling) {
  std::vector<std::string> expanded;
  for (const std::string& element : argv) {
    if (const auto* list = list_of(element, filling)) {
      expanded.insert(expanded.end(), list->begin(), list->end());
    } else {
      expanded.push_back(expand_text(element, filling));
    }
  }
  return expanded;
}

}  // namespace evalx::language
