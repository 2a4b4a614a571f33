#pragma once
// Catalogue: all languages, found by name, by a file's ending, or by Judge0's number.

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

/// Read once at start, then constant: any number of threads may look things up. Pointers stay valid
/// as long as the catalogue lives, also when it is moved.
class Catalogue {
 public:
  /// Reads every *.toml of a directory. Errors: EINVAL with "file:line: key: what is wrong", also
  /// for what two files claim; ENOENT and others if the directory cannot be read.
  static Result<Catalogue> load(const std::filesystem::path& directory);

  /// The languages compiled into the binary. A directory's files come on top, and replace those of
  /// the same id.
  static Result<Catalogue> load_builtin(const std::filesystem::path& overrides = {});

  /// Checks what no single definition shows: doubled ids, names, endings, Judge0 numbers.
  static Result<Catalogue> of(std::vector<Definition> definitions);

  /// Looks for every language on this machine (detection.hpp): until then all count as available,
  /// without a version. Call before sharing the catalogue.
  void detect();

  /// From here on languages that do not claim the profile count as unavailable. Behind detect().
  void restrict_to(SeccompProfile profile);

  /// By id or alias, in any case of letters. nullptr if there is none.
  [[nodiscard]] const Language* find(std::string_view name) const;
  /// By the ending of a file's name: for a file that comes without its language.
  [[nodiscard]] const Language* find_by_file(std::string_view path) const;
  [[nodiscard]] const Language* find_by_judge0_id(int id) const;

  /// Ordered by id.
  [[nodiscard]] std::span<const Language> list() const { return languages_; }

 private:
  Catalogue() = default;
  Result<> add(Definition definition);

  struct Claim {
    std::size_t language;
    std::string place;  ///< "go.toml:3", for the complaint about a second claim.
  };
  using Index = std::map<std::string, Claim, std::less<>>;
  static Result<> claim(Index& index, std::string key, Claim claim, std::string_view what);

  std::vector<Language> languages_;
  Index names_;
  Index endings_;
  Index judge0_ids_;  ///< By the number's decimal form.
};

}  // namespace evalx::language
