#include "program.hpp"

#include "language/source_path.hpp"
#include "submission/file_path.hpp"
#include "test_files.hpp"

namespace evalx::app {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::vector<sandbox::PackedFile> packed_files(std::vector<language::Source> sources) {
  std::vector<sandbox::PackedFile> files;
  for (language::Source& source : sources) {
    files.push_back({std::move(source.path), false, std::move(source.content)});
  }
  return files;
}

}  // namespace

Result<submission::SourceFile> read_program(const std::filesystem::path& path) {
  EVALX_TRY(std::string content, read_whole_file(path, kMaxProgramFile));
  return submission::SourceFile{path.filename(), std::move(content)};
}

Result<const language::Language*> choose_language(const language::Catalogue& catalogue,
                                                  const std::string& name,
                                                  const std::string& file) {
  const auto invalid = std::make_error_code(std::errc::invalid_argument);
  const language::Language* language =
      name.empty() ? catalogue.find_by_file(file) : catalogue.find(name);
  if (language == nullptr && name.empty()) {
    return fail(invalid, file + ": no language has this ending; name one with --language " +
                             "(evalx languages lists them)");
  }
  if (language == nullptr)
    return fail(invalid, "there is no language " + name + " (evalx languages lists them)");
  if (!language->available())
    return fail(std::make_error_code(std::errc::not_supported),
                language->title + ": " + language->missing);
  return language;
}

submission::SourceFile named_for(const language::Language& language, submission::SourceFile file) {
  const bool fits = !language::ending_of(file.path, language.endings).empty() &&
                    !submission::path_complaint(file.path);
  if (!fits) file.path.clear();
  return file;
}

submission::Limits with_allowance(submission::Limits limits, const language::Language& language) {
  if (!limits.stack) limits.stack = limits.memory;
  limits.memory += language.allowance.memory;
  limits.cpu_time += language.allowance.cpu_time;
  limits.wall_time += language.allowance.cpu_time;
  limits.processes += language.allowance.processes;
  return limits;
}

judge::Compilation compilation_of(const language::Language& language, language::Plan& plan) {
  judge::Compilation compilation;
  // The judge's own key: what either of the two compiled, the other finds.
  DigestBuilder key;
  key.part(plan.digest_input);
  for (const language::Source& file : plan.files) key.part(file.path).part(file.content);
  compilation.key = key.finish();
  compilation.files = packed_files(std::move(plan.files));
  compilation.argv = *std::move(plan.compile);
  compilation.environment = std::move(plan.compile_environment);
  compilation.take = language::kOutFolder;
  compilation.limits = with_allowance(judge::kCompileLimits, language);
  compilation.packages = join(language.packages);
  return compilation;
}

Result<sandbox::PackFd> packed_sources(language::Plan& plan) {
  EVALX_TRY(kernel::Fd packed, sandbox::pack(packed_files(std::move(plan.files))));
  return std::make_shared<const kernel::Fd>(std::move(packed));
}

}  // namespace evalx::app
