#pragma once
// Catalogue: all languages. Finds one by its name, by the ending of a file, or by Judge0's number.

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/seccomp_profile.hpp"
#include "language/definition.hpp"
#include "language/language.hpp"

namespace evalx::language {

inline constexpr std::size_t kMaxLanguages = 256;

/// Loaded once at start and constant after that, so any number of threads may use it. Pointers to
/// its languages are valid as long as it lives, also after it was moved.
class Catalogue {
 public:
  /// Reads every *.toml in a directory. Errors: EINVAL with "file:line: key: problem", also if two
  /// files use the same name, or there is no file; ENOENT and others if the directory cannot be
  /// read.
  static Result<Catalogue> load(const std::filesystem::path& directory);

  /// Loads the languages that are built into the binary, and those of the directory `overrides`, if
  /// it is not empty. A language in the directory replaces the built-in one with the same id.
  /// Errors: those of load(), but the directory may have no file.
  static Result<Catalogue> load_builtin(const std::filesystem::path& overrides = {});

  /// Makes a catalogue of these definitions. Errors: EINVAL if two of them have the same id, name,
  /// ending or Judge0 number.
  static Result<Catalogue> of(std::vector<Definition> definitions);

  /// Finds the tools and versions of every language on this machine (detection.hpp). Before that,
  /// all are available and have no version. Call it before other threads use the catalogue.
  void detect();

  /// Makes those languages unavailable that cannot run programs under the profile. Call it after
  /// detect().
  void restrict_to(SeccompProfile profile);

  /// Finds a language by id or alias, in any case. nullptr if no language has this name.
  [[nodiscard]] const Language* find(std::string_view name) const;
  /// Finds the language that claims the ending of a file's name (Language::claims_endings), for a
  /// caller that was given no language. nullptr if none does.
  [[nodiscard]] const Language* find_by_file(std::string_view path) const;
  /// Finds a language by the number that Judge0's API has for it. nullptr if none has it.
  [[nodiscard]] const Language* find_by_judge0_id(int id) const;

  /// All languages, ordered by id.
  [[nodiscard]] std::span<const Language> list() const { return languages_; }

 private:
  Catalogue() = default;
  Result<> add(Definition definition);

  struct Claim {
    std::size_t language;
    std::string place;  ///< "go.toml:3", for the error about a second claim.
  };
  using Index = std::map<std::string, Claim, std::less<>>;
  static Result<> claim(Index& index, std::string key, Claim claim, std::string_view what);

  std::vector<Language> languages_;
  Index names_;
  Index endings_;
  Index judge0_ids_;  ///< The key is the number as decimal text.
};

}  // namespace evalx::language
