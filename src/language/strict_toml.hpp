#pragma once
// Strict TOML: reads the values of a table by name and type, and collects every error with its line.

#include <toml++/toml.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evalx::language {

/// The errors of a file, each like "go.toml:12: run.argv: must be an array of strings".
class Complaints {
 public:
  explicit Complaints(std::string file) : file_(std::move(file)) {}

  /// Only the first problem of a key on a line is kept: later ones follow from it.
  void add(std::uint32_t line, std::string_view key, std::string_view problem);
  [[nodiscard]] bool empty() const { return problems_.empty(); }
  /// One line for each error, in the order of the file; at most kMost, then the number of the others.
  [[nodiscard]] std::string text() const;

  static constexpr std::size_t kMost = 20;

 private:
  std::string file_;
  std::map<std::pair<std::uint32_t, std::string>, std::string> problems_;  ///< By line and key.
};

enum class Need { Required, Optional };

/// One table of a file. If a key is wrong, a getter adds a complaint and returns an empty value:
/// the code that reads a definition is one list, and the caller checks the complaints once, at the
/// end.
class StrictTable {
 public:
  StrictTable(const toml::table& table, std::string path, Complaints& complaints);

  std::string text(std::string_view key, Need need);
  std::vector<std::string> texts(std::string_view key, Need need);
  /// From 0 to `most`; `fallback` if the key is missing.
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t most);
  std::vector<int> integers(std::string_view key);  ///< All positive.
  bool flag(std::string_view key, bool fallback);
  const toml::table* table(std::string_view key, Need need);
  std::vector<const toml::table*> tables(std::string_view key);

  /// Adds a complaint about a value that has the right type, but that the caller does not allow.
  void refuse(std::string_view key, std::string_view problem);
  /// Adds a complaint about a key that no getter has read. Call it last.
  void finish();

  [[nodiscard]] std::uint32_t line_of(std::string_view key) const;

 private:
  const toml::node* take(std::string_view key, Need need);
  [[nodiscard]] std::string full(std::string_view key) const;

  const toml::table& table_;
  std::string path_;
  Complaints& complaints_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace evalx::language
