#include "config/read.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "config/keys.hpp"
#include "config/settings_file.hpp"

namespace evalx::config {
namespace {

constexpr std::string_view kPrefix = "EVALX_";
constexpr std::string_view kPlainVariable = "MAX_CONCURRENT_SANDBOXES";
constexpr std::string_view kPlainVariableKey = "max_concurrent_sandboxes";
/// An error message repeats a value up to this length.
constexpr std::size_t kMaxShownBytes = 80;

/// Without the password before the @ of a URL, also of a URL that is mistyped.
std::string without_password(std::string_view text) {
  std::string all{text};
  if (const auto host = all.rfind('@'); host != std::string::npos) {
    const auto scheme = all.find("://");
    const std::size_t user = scheme < host ? scheme + 3 : 0;
    all.replace(user, host - user, "…");
  }
  return all;
}

/// The value for an error message, which may be logged.
std::string shown(std::string_view text) {
  const std::string all = without_password(text);
  return all.size() <= kMaxShownBytes ? all : all.substr(0, kMaxShownBytes) + "…";
}

Result<> set(Settings& settings, const Key& key, std::string_view text, const std::string& source) {
  const auto complaint = key.set(settings, text);
  if (!complaint) return {};
  return invalid(source + ": " + *complaint + "; it is \"" + shown(text) + "\"");
}

Result<> read_file(Settings& settings, const Sources::File& file) {
  EVALX_TRY(const auto values, parse_settings_file(file.text, file.name));
  for (const FileValue& value : values) {
    const std::string source = value.place + ": " + std::string(value.key->name);
    EVALX_TRY_VOID(set(settings, *value.key, value.text, source));
  }
  return {};
}

const Key* key_of_variable(std::string_view name) {
  for (const Key& key : keys()) {
    if (variable_of(key.name) == name) return &key;
  }
  return nullptr;
}

Result<> read_environment(Settings& settings, const Environment& environment) {
  if (const auto plain = environment.find(kPlainVariable); plain != environment.end()) {
    const Key& key = *find_key(kPlainVariableKey);
    EVALX_TRY_VOID(set(settings, key, plain->second, plain->first));
  }
  for (auto entry = environment.lower_bound(kPrefix); entry != environment.end(); ++entry) {
    const auto& [name, text] = *entry;
    if (!name.starts_with(kPrefix)) break;
    if (name == kConfigVariable) continue;
    const Key* key = key_of_variable(name);
    if (key != nullptr) EVALX_TRY_VOID(set(settings, *key, text, name));
  }
  return {};
}

Result<> read_flags(Settings& settings, const std::vector<FlagValue>& flags) {
  for (const FlagValue& flag : flags) {
    const Key* key = find_key(flag.key);
    if (key == nullptr) return invalid(flag_of(flag.key) + ": unknown flag");
    EVALX_TRY_VOID(set(settings, *key, flag.text, flag_of(flag.key)));
  }
  return {};
}

/// How many letters must be inserted, deleted or replaced (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string nearest_variable(std::string_view name) {
  name = name.substr(0, kMaxShownBytes);
  std::string nearest;
  std::size_t least = std::string::npos;
  for (const Key& key : keys()) {
    const std::string variable = variable_of(key.name);
    const std::size_t away = distance(name, variable);
    if (away < least) nearest = variable;
    least = std::min(away, least);
  }
  return nearest;
}

}  // namespace

Result<Settings> read_settings(const Sources& sources, Settings defaults) {
  Settings settings = std::move(defaults);
  if (sources.file) EVALX_TRY_VOID(read_file(settings, *sources.file));
  EVALX_TRY_VOID(read_environment(settings, sources.environment));
  EVALX_TRY_VOID(read_flags(settings, sources.flags));
  return settings;
}

std::vector<std::string> unknown_variables(const Environment& environment) {
  std::vector<std::string> warnings;
  for (auto entry = environment.lower_bound(kPrefix); entry != environment.end(); ++entry) {
    const std::string& name = entry->first;
    if (!name.starts_with(kPrefix)) break;
    if (name == kConfigVariable || key_of_variable(name) != nullptr) continue;
    warnings.push_back(shown(name) +
                       " is not a variable of evalX, and has no effect; the nearest is " +
                       nearest_variable(name));
  }
  return warnings;
}

}  // namespace evalx::config
