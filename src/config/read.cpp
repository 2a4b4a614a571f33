#include "config/read.hpp"

#include <utility>

#include "base/nearest.hpp"
#include "base/password.hpp"
#include "config/keys.hpp"
#include "config/settings_file.hpp"

namespace evalx::config {
namespace {

constexpr std::string_view kPrefix = "EVALX_";
constexpr std::string_view kPlainVariable = "MAX_CONCURRENT_SANDBOXES";
constexpr std::string_view kPlainVariableKey = "max_concurrent_sandboxes";
/// An error message repeats a value up to this length.
constexpr std::size_t kMaxShownBytes = 80;

/// The value for an error message, which may be logged.
std::string shown(std::string_view text) {
  const std::string all = without_user(text);
  return all.size() <= kMaxShownBytes ? all : all.substr(0, kMaxShownBytes) + "…";
}

Result<> set(Settings& settings, const Key& key, std::string_view text, const std::string& source) {
  const auto complaint = key.set(settings, text);
  if (!complaint) return {};
  if (key.is_secret) return invalid(source + ": " + *complaint);
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

/// Empty if none is near. All begin with the prefix, so only the rest is compared.
std::string nearest_variable(std::string_view name) {
  std::vector<std::string> endings;
  for (const Key& key : keys()) endings.push_back(variable_of(key.name).substr(kPrefix.size()));
  const std::string near = nearest(name.substr(kPrefix.size()), endings);
  return near.empty() ? near : std::string{kPrefix} + near;
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
    const std::string near = nearest_variable(name);
    warnings.push_back(shown(name) + " is not a variable of evalX, and has no effect" +
                       (near.empty() ? near : "; the nearest is " + near));
  }
  return warnings;
}

}  // namespace evalx::config
