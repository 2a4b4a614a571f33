#include "command_words.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/join.hpp"
#include "base/nearest.hpp"

namespace evalx::app {
namespace {

constexpr std::string_view kEndOfOptions = "--";

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

/// Whether the next word is the value of the option `word`: "-t 5" and "--cpu-time 5", but not
/// "-t5" and "--cpu-time=5".
bool takes_the_next(const CLI::App& command, const std::string& word) {
  const CLI::Option* option = command.get_option_no_throw(word);
  return option != nullptr && option->get_items_expected_max() > 0;
}

/// The index of the first word that is neither an option nor its value.
std::size_t first_positional(const CLI::App& command, const std::vector<std::string>& words,
                             std::size_t at) {
  while (at < words.size()) {
    const std::string& word = words[at];
    const bool is_option = word.size() > 1 && word.front() == '-';
    if (!is_option || word == kEndOfOptions) return at;
    at += takes_the_next(command, word) ? 2 : 1;
  }
  return at;
}

/// The library's words in the style of ours.
std::string in_plain_words(const std::string& text) {
  constexpr std::string_view kTooMany = ": At Most 1 required but received ";
  constexpr std::string_view kNoValue = ": 1 required ";
  constexpr std::string_view kExcludes = " excludes ";
  if (const auto at = text.find(kTooMany); at != text.npos)
    return text.substr(0, at) + " is given " + text.substr(at + kTooMany.size()) +
           " times; once is enough";
  if (const auto at = text.find(kNoValue); at != text.npos && text.ends_with(" missing"))
    return text.substr(0, at) + " needs a value";
  if (const auto at = text.find(kExcludes); at != text.npos)
    return text.substr(0, at) + " and " + text.substr(at + kExcludes.size()) +
           " exclude each other";
  return text;
}

}  // namespace

std::vector<std::string> prepared(const CLI::App& app, std::vector<std::string> words) {
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
    return words;
  }
  if (words.empty() || words[0] != "run") return words;
  const auto run =
      app.get_subcommands([](const CLI::App* command) { return command->get_name() == "run"; });
  if (run.empty()) return words;
  const std::size_t file = first_positional(*run.front(), words, 1);
  if (file + 1 >= words.size() || words[file] == kEndOfOptions) return words;
  if (words[file + 1] != kEndOfOptions)
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(file) + 1, std::string{kEndOfOptions});
  return words;
}

std::string complaint_about_command(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words[0].empty() || words[0].front() == '-') return {};
  const std::vector<std::string> known = command_names(app);
  if (std::find(known.begin(), known.end(), words[0]) != known.end()) return {};
  return "unknown command " + words[0] + did_you_mean(words[0], known);
}

std::string complaint_about(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> extra = app.remaining(true);
  const CLI::App& command = deepest(app);
  const bool lacks_command = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
                             command.get_require_subcommand_min() > 0;
  if (lacks_command && extra.empty())
    return "a command is missing: " + join(command_names(command), ", ");
  const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (extra.empty() || !(is_extra || lacks_command)) return in_plain_words(error.what());
  const std::string word = extra.front().substr(0, extra.front().find('='));
  if (word.size() > 1 && word.front() == '-')
    return "unknown option " + word + did_you_mean(word, option_names(command));
  return "unexpected word " + word + did_you_mean(word, command_names(command));
}

std::string chosen_command(const CLI::App& app) {
  std::string names = "evalx";
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    names += " " + at->get_name();
  }
  return names;
}

}  // namespace evalx::app
