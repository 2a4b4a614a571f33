#include "language/catalogue.hpp"

#include <fcntl.h>

#include <algorithm>

#include "base/lower.hpp"
#include "kernel/file.hpp"
#include "language/builtin.hpp"
#include "language/detection.hpp"
#include "language/profiles.hpp"
#include "language/source_path.hpp"

namespace evalx::language {
namespace {

namespace fs = std::filesystem;

std::string place(const std::string& file, std::uint32_t line) {
  return file + ":" + std::to_string(line);
}

Result<std::vector<fs::path>> toml_files(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".toml") paths.push_back(entry->path());
    if (paths.size() > kMaxLanguages) return invalid("too many languages in " + directory.string());
  }
  if (error) return fail(error, "read directory", directory.string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<std::vector<Definition>> read_directory(const fs::path& directory) {
  EVALX_TRY(const std::vector<fs::path> paths, toml_files(directory));
  std::vector<Definition> definitions;
  for (const fs::path& path : paths) {
    // One byte over the bound, so that parse_definition() sees that the file is too large.
    EVALX_TRY(const std::string text,
              kernel::read_file(AT_FDCWD, path.c_str(), kMaxDefinitionBytes + 1));
    EVALX_TRY(Definition definition, parse_definition(text, path.string()));
    definitions.push_back(std::move(definition));
  }
  return definitions;
}

}  // namespace

Result<Catalogue> Catalogue::load(const fs::path& directory) {
  EVALX_TRY(std::vector<Definition> definitions, read_directory(directory));
  if (definitions.empty()) return invalid("no *.toml in " + directory.string());
  return of(std::move(definitions));
}

Result<Catalogue> Catalogue::load_builtin(const fs::path& overrides) {
  std::vector<Definition> definitions;
  if (!overrides.empty()) {
    EVALX_TRY(definitions, read_directory(overrides));
  }
  const std::size_t own = definitions.size();
  for (const EmbeddedFile& file : builtin_files()) {
    EVALX_TRY(Definition definition,
              parse_definition(file.text, "built-in/" + std::string(file.name)));
    const auto replaced = std::any_of(
        definitions.begin(), definitions.begin() + static_cast<std::ptrdiff_t>(own),
        [&](const Definition& other) { return other.language.id == definition.language.id; });
    if (!replaced) definitions.push_back(std::move(definition));
  }
  return of(std::move(definitions));
}

Result<Catalogue> Catalogue::of(std::vector<Definition> definitions) {
  std::sort(definitions.begin(), definitions.end(),
            [](const Definition& a, const Definition& b) { return a.language.id < b.language.id; });
  Catalogue catalogue;
  for (Definition& definition : definitions) {
    EVALX_TRY_VOID(catalogue.add(std::move(definition)));
  }
  return catalogue;
}

Result<> Catalogue::claim(Index& index, std::string key, Claim claim, std::string_view what) {
  const std::string complaint = claim.place + ": " + std::string(what) + ": \"" + key + "\"";
  const auto [found, fresh] = index.emplace(std::move(key), std::move(claim));
  if (fresh) return {};
  return invalid(complaint + " is already taken in " + found->second.place);
}

Result<> Catalogue::add(Definition definition) {
  const Language& language = definition.language;
  const std::size_t number = languages_.size();
  const std::string& file = definition.file;
  EVALX_TRY_VOID(
      claim(names_, lower(language.id), {number, place(file, definition.id_line)}, "id"));
  for (const std::string& alias : language.aliases) {
    EVALX_TRY_VOID(claim(names_, alias, {number, place(file, definition.aliases_line)}, "aliases"));
  }
  for (const std::string& ending : language.endings) {
    if (!language.claims_endings) break;
    EVALX_TRY_VOID(
        claim(endings_, ending, {number, place(file, definition.endings_line)}, "endings"));
  }
  for (const int id : language.judge0_ids) {
    EVALX_TRY_VOID(claim(judge0_ids_, std::to_string(id),
                         {number, place(file, definition.judge0_ids_line)}, "judge0_ids"));
  }
  languages_.push_back(std::move(definition.language));
  return {};
}

void Catalogue::detect() {
  language::detect(languages_);
}

void Catalogue::restrict_to(SeccompProfile profile) {
  for (Language& language : languages_) {
    if (language.available()) language.missing = profile_problem(language, profile);
  }
}

const Language* Catalogue::find(std::string_view name) const {
  const auto found = names_.find(lower(name));
  return found == names_.end() ? nullptr : &languages_[found->second.language];
}

const Language* Catalogue::find_by_file(std::string_view path) const {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return nullptr;
  auto found = endings_.find(name.substr(dot));
  if (found == endings_.end()) found = endings_.find(lower(name.substr(dot)));
  return found == endings_.end() ? nullptr : &languages_[found->second.language];
}

const Language* Catalogue::find_by_judge0_id(int id) const {
  const auto found = judge0_ids_.find(std::to_string(id));
  return found == judge0_ids_.end() ? nullptr : &languages_[found->second.language];
}

}  // namespace evalx::language
