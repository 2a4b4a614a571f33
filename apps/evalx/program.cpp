#include "program.hpp"

#include "base/nearest.hpp"
#include "language/source_path.hpp"
#include "submission/file_path.hpp"
#include "test_files.hpp"

namespace evalx::app {

Result<ProgramFile> read_program(const std::filesystem::path& path) {
  const bool is_stdin = path == kStdin;
  EVALX_TRY(
      std::string content,
      read_whole_file(is_stdin ? std::filesystem::path{"/dev/stdin"} : path, kMaxProgramFile));
  if (is_stdin) return ProgramFile{{}, std::move(content)};
  return ProgramFile{path.filename(), std::move(content)};
}

std::string unknown_language(const language::Catalogue& catalogue, const std::string& name) {
  std::vector<std::string> known;
  for (const language::Language& language : catalogue.list()) {
    known.push_back(language.id);
    known.insert(known.end(), language.aliases.begin(), language.aliases.end());
  }
  return "unknown language " + name + did_you_mean(name, known) + " (evalx languages lists them)";
}

Result<const language::Language*> choose_language(const language::Catalogue& catalogue,
                                                  const ProgramFlags& program) {
  const std::string& file = program.file;
  const std::string& name = program.language;
  const auto invalid = std::make_error_code(std::errc::invalid_argument);
  const language::Language* language =
      name.empty() ? catalogue.find_by_file(file) : catalogue.find(name);
  if (name.empty() && file == kStdin)
    return fail(invalid, "the source is read from stdin: choose its language with --language " +
                             std::string("(evalx languages lists them)"));
  if (language == nullptr && name.empty()) {
    return fail(invalid, file + ": no language has this ending; choose one with --language " +
                             "(evalx languages lists them)");
  }
  if (language == nullptr)
    return fail(invalid, unknown_language(catalogue, name));
  if (!language->available())
    return fail(std::make_error_code(std::errc::not_supported),
                language->title + ": " + language->missing);
  return language;
}

ProgramFile named_for(const language::Language& language, ProgramFile file) {
  const bool fits = !language::ending_of(file.path, language.endings).empty() &&
                    !submission::path_complaint(file.path);
  if (!fits) file.path.clear();
  return file;
}

}  // namespace evalx::app
