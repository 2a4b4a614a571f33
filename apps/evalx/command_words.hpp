#pragma once
// CommandWords: the words of a command line, before and after the library reads them.

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace evalx::app {

/// `help COMMAND` becomes `COMMAND --help`. In `run OPTIONS FILE WORD…` all words after FILE belong
/// to the program: a "--" is put before them, unless one is there.
std::vector<std::string> prepared(const CLI::App& app, std::vector<std::string> words);

/// The complaint about a first word that is no command; empty if it is one, or an option. The
/// library's own complaint would not name the word.
std::string complaint_about_command(const CLI::App& app, const std::vector<std::string>& words);

/// The complaint in our words, with the option or command that may be meant.
std::string complaint_about(const CLI::App& app, const CLI::ParseError& error);

/// The names of the chosen command and its parents: "evalx jobs show".
std::string chosen_command(const CLI::App& app);

}  // namespace evalx::app
