#include "config/settings_file.hpp"

#include <toml++/toml.h>

#include "base/nearest.hpp"

namespace evalx::config {
namespace {

std::string place_of(const std::string& file, const toml::source_region& source) {
  return file + ":" + std::to_string(source.begin.line);
}

/// The value as the text of a flag, so that one parser checks both.
Result<std::string> text_of(const Key& key, const toml::node& node, const std::string& place) {
  const std::string subject = place + ": " + std::string(key.name);
  if (key.shape == Key::Shape::Number) {
    const auto* number = node.as_integer();
    if (number == nullptr) return invalid(subject + ": must be a whole number, without quotes");
    return std::to_string(number->get());
  }
  if (key.shape == Key::Shape::Truth) {
    const auto* truth = node.as_boolean();
    if (truth == nullptr) return invalid(subject + ": must be true or false, without quotes");
    return std::string{truth->get() ? "true" : "false"};
  }
  const auto* text = node.as_string();
  if (text == nullptr) return invalid(subject + ": must be a text in quotes");
  return text->get();
}

std::string hint_for(std::string_view name) {
  std::vector<std::string> known;
  for (const Key& key : keys()) known.emplace_back(key.name);
  return did_you_mean(name, known);
}

Result<std::vector<FileValue>> values_of(const toml::table& table, const std::string& file) {
  std::vector<FileValue> values;
  for (const auto& [name, node] : table) {
    const std::string place = place_of(file, name.source());
    const Key* key = find_key(name.str());
    if (key == nullptr)
      return invalid(place + ": " + std::string(name.str()) + ": unknown key" + hint_for(name.str()));
    EVALX_TRY(std::string text, text_of(*key, node, place));
    values.push_back({key, std::move(text), place});
  }
  return values;
}

}  // namespace

Result<std::vector<FileValue>> parse_settings_file(std::string_view text, const std::string& file) {
  if (text.size() > kMaxSettingsFileBytes)
    return invalid(file + ": must be at most " + std::to_string(kMaxSettingsFileBytes) + " bytes");
  try {
    const toml::table table = toml::parse(text, std::string_view(file));
    return values_of(table, file);
  } catch (const toml::parse_error& error) {
    return invalid(place_of(file, error.source()) + ": " + std::string(error.description()));
  }
}

}  // namespace evalx::config
