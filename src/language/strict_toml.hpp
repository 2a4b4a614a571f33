#pragma once
// Strict TOML: reads the values of a table by name and type, and keeps the first error with its
// line.

#include <toml++/toml.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace evalx::language {

/// The first error of a file: "go.toml:12: run.argv: must be an array of strings".
class Complaint {
 public:
  explicit Complaint(std::string file) : file_(std::move(file)) {}

  void add(std::uint32_t line, std::string_view key, std::string_view problem);
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string file_;
  std::string text_;
};

enum class Need { Required, Optional };

/// One table of a file. If a key is wrong, a getter adds a complaint and returns an empty value:
/// the code that reads a definition is one list, and the caller checks the complaint once, at the
/// end.
class StrictTable {
 public:
  StrictTable(const toml::table& table, std::string path, Complaint& complaint);

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
  Complaint& complaint_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace evalx::language
